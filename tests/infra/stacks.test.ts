import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { RegionInfo } from "aws-cdk-lib/region-info";
import { AwsSolutionsChecks } from "cdk-nag";
import { afterAll, expect, test } from "vitest";
import { buildApp } from "../../infra/build-app.ts";
import { exampleFunctions, pythonExampleFunctions, testFunctions } from "../../infra/functions.ts";

const folder = mkdtempSync(join(tmpdir(), "coverage-synth-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function stackOf(app: App, id: string): Stack {
  return app.node.findChild(id) as Stack;
}

const app = buildApp({ props: { outdir: join(folder, "plain") } });

test("cdk-nag's AwsSolutions finds nothing that is not explained in the code", () => {
  app.synth();
  const report = new AwsSolutionsChecks(app).validateScope(app);
  expect(report.violations.map((violation) => violation.ruleName)).toEqual([]);
});

test("every function of the list is there, with the layer, its permissions and its own log group", () => {
  for (const [id, rows, more] of [
    [
      "LambdaCoverageLayerStack",
      exampleFunctions,
      [
        "OrdersExample",
        "CombinerExample",
        "CoverageCombiner",
        ...pythonExampleFunctions.map((row) => row.id),
      ],
    ],
    ["LambdaCoverageTestStack", testFunctions, ["CoverageCombiner"]],
  ] as const) {
    const template = Template.fromStack(stackOf(app, id));
    const functions = template.findResources("AWS::Lambda::Function");
    const wanted = [...rows.map((row) => row.id), ...more];
    expect(Object.keys(functions)).toHaveLength(wanted.length);
    for (const name of wanted) expect(Object.keys(functions).some((key) => key.startsWith(name))).toBe(true);
    for (const fn of Object.values(functions)) {
      expect(fn.Properties).toMatchObject({
        Layers: [{ Ref: expect.stringMatching(/^(Python)?CoverageLayer/) }],
        LoggingConfig: { LogGroup: expect.anything() },
        Environment: { Variables: { COVERAGE_S3_BUCKET: { Ref: expect.stringMatching(/^CoverageBucket/) } } },
      });
    }
  }
});

test("every example folder is deployed", () => {
  const source = readFileSync("infra/coverage-layer-stack.ts", "utf8");
  const deployed = [
    ...exampleFunctions.map((row) => row.entry),
    ...pythonExampleFunctions.map((row) => `${row.folder}/`),
    ...(source.match(/examples\/\w+\//g) ?? []),
  ];
  const otherTools = ["sam", "terraform", "serverless"];
  const folders = [...foldersIn("examples"), ...foldersIn("examples/python")].filter(
    (folder) => folder !== "examples/python/" && !otherTools.some((tool) => folder === `examples/${tool}/`),
  );
  expect(folders.filter((folder) => !deployed.some((entry) => entry.startsWith(folder)))).toEqual([]);
});

function foldersIn(parent: string): string[] {
  const entries = readdirSync(parent, { withFileTypes: true });
  return entries
    .filter((it) => it.isDirectory() && it.name !== "__pycache__")
    .map((it) => `${parent}/${it.name}/`);
}

const partitions = new Map(RegionInfo.regions.map((info) => [info.partition as string, info.name]));

test.each([...partitions])(
  "synthesises in %s (%s) without another partition's names",
  (partition, region) => {
    const there = buildApp({
      props: { outdir: join(folder, partition) },
      env: { account: "111122223333", region },
    });
    const assembly = there.synth();
    for (const { template } of assembly.stacks) {
      const text = JSON.stringify(template);
      const literal = [...text.matchAll(/arn:(aws[a-z-]*):/g)].map((match) => match[1]);
      expect(new Set(literal.filter((name) => name !== partition))).toEqual(new Set());
    }
  },
);
