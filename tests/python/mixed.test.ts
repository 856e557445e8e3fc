/**
 * One bucket, both languages: one report over both; Python's own combiner agrees on Python's part.
 * @module-tag python
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { combine } from "../../src/combine/index.ts";
import {
  bucket,
  fixtures,
  type Host,
  layerZip,
  type PythonRuntime,
  root,
  runtimesAtHand,
  startHost,
} from "./harness.ts";

const newest = (await runtimesAtHand()).at(-1) as PythonRuntime;
let folder: string;
let host: Host;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "python-mixed-"));
  host = await startHost();
});
afterAll(async () => {
  await host.stop();
  rmSync(folder, { recursive: true });
});

const nodeSource = `export const handler = async (event) => {
  if (event.name) return "Hello " + event.name;
  return "Hello World";
};
`;

const combinerSource = `from coverage_wrapper.combiner import coverage_combiner_handler as handler
`;

interface CombinerResult {
  files_processed: number;
  files_skipped: number;
  combined_coverage: number;
  output_location: string;
  errors: string[];
}

interface Report {
  files: Record<
    string,
    {
      executed_lines: number[];
      missing_lines: number[];
      executed_branches: number[][];
      missing_branches: number[][];
    }
  >;
  totals: { percent_covered: number; covered_lines: number; num_statements: number };
}

test("Node.js and Python functions in one report, and the Python part by coverage.py itself", async () => {
  writeFileSync(join(folder, "index.mjs"), nodeSource);
  writeFileSync(join(folder, "combiner.py"), combinerSource);
  const wrapper = { AWS_LAMBDA_EXEC_WRAPPER: "/opt/coverage-wrapper", COVERAGE_S3_BUCKET: bucket };
  await host.lambda.createFunction({
    name: "greeter",
    runtime: "nodejs22.x",
    code: folder,
    handler: "index.handler",
    layers: [join(root, "dist", "lambda-coverage-layer-latest.zip")],
    environment: { ...wrapper, COVERAGE_S3_PREFIX: "coverage/all/greeter/" },
  });
  for (const [name, prefix] of [
    ["shop", "coverage/all/shop/"],
    ["prices", "coverage/all/prices/"],
  ] as const) {
    const code = join(fixtures, name === "shop" ? "shop" : "app");
    const handler = name === "shop" ? "app.handler" : "handlers.ok";
    await host.deploy({ name, runtime: newest, code, handler, environment: { COVERAGE_S3_PREFIX: prefix } });
  }
  for (const name of ["", "Ada"]) await host.lambda.invoke("greeter", { name });
  for (const event of [
    { kind: "classify", numbers: [1] },
    { kind: "retry", times: 2 },
    { kind: "shape", shape: "square" },
  ]) {
    await host.lambda.invoke("shop", event);
  }
  await host.lambda.invoke("prices", { net: 3 });

  const both = await combine({ store: host.store, prefix: "coverage/all/" });
  expect(both).toMatchObject({ filesProcessed: 6, filesSkipped: 0, unmapped: [] });
  expect(both.coverageMap.files().toSorted()).toEqual(
    ["app.py", "flows.py", "handlers.py", "index.mjs", "pricing.py", "shapes.py"].toSorted(),
  );
  const { fnMap, f } = both.coverageMap.fileCoverageFor("flows.py").data;
  const functions = Object.entries(fnMap).map(([id, { name }]) => [name, f[id]]);
  expect(functions).toEqual([
    ["classify", 1],
    ["retry", 1],
    ["drain", 0],
    ["nested", 0],
    ["numbers", 0],
    ["cached", 0],
    ["unused", 0],
  ]);
  expect([...both.functions.keys()].toSorted()).toEqual(["greeter", "prices", "shop"]);

  await host.lambda.createFunction({
    name: "combiner",
    runtime: newest,
    code: folder,
    handler: "combiner.handler",
    layers: [layerZip],
    timeoutSeconds: 60,
    memoryMb: 1024,
    environment: { COVERAGE_S3_BUCKET: bucket },
  });
  const event = { bucket, prefix: "coverage/all/", output_key: "reports/python.json" };
  const result = JSON.parse((await host.lambda.invoke("combiner", event)).payload) as CombinerResult;
  expect(result).toMatchObject({
    files_processed: 4,
    files_skipped: 2,
    output_location: `s3://${bucket}/reports/python.json`,
  });
  expect(result.errors).toEqual([expect.stringContaining("2 files hold JavaScript")]);
  const report = JSON.parse(Buffer.from(await host.store.get("reports/python.json")).toString()) as Report;
  expect(Object.keys(report.files).toSorted()).toEqual([...both.python.keys()].toSorted());
  for (const [path, ours] of both.python) {
    const theirs = report.files[path];
    expect([
      path,
      theirs?.missing_lines,
      theirs?.executed_branches.length,
      theirs?.missing_branches.length,
    ]).toEqual([path, ours.missingLines, ours.executedBranches.length, ours.missingBranches.length]);
  }
  expect(result.combined_coverage).toBe(report.totals.percent_covered);

  // Nothing below the prefix: an error of its own, never 100 %.
  const nothing = await host.lambda.invoke("combiner", { ...event, prefix: "nowhere/" });
  expect(JSON.parse(nothing.payload)).toMatchObject({ errorType: "CoverageCombineError" });
});
