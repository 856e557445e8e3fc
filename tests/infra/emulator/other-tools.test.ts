/** The SAM, Terraform and Serverless examples, each by that tool's own parser or schema; and the SAM one run. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import { parse as parseYaml } from "yaml";
import { writeZip } from "../../../scripts/layer-zip.ts";
import { combine } from "../../../src/combine/index.ts";
import { functionKeyPatterns } from "../../../src/contract/object-keys.ts";
import { examineTemplate } from "../../../src/doctor/examine-template.ts";
import { functionsOf, parseTemplate } from "../../../src/doctor/template-functions.ts";
import { type LocalRuntime, startLocalLambda, startLocalS3 } from "../../../src/local/index.ts";
import { filesOfZip, fittingProbes } from "../../../src/probe-package/index.ts";
import { openStore } from "../../../src/store/open-store.ts";

const tools = resolve(".cache/infra-tools");
const folder = mkdtempSync(join(tmpdir(), "coverage-tools-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const samFile = "examples/sam/template.yaml";

/** SAM's own translator, with no AWS behind it. */
const translate = `
import json, sys
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse
class Policies:
    def load(self): return {}
template = yaml_parse(open(sys.argv[1]).read())
layer = template["Resources"]["CoverageLayer"]["Properties"]
layer["ContentUri"] = "s3://assets/layer.zip"
template["Resources"]["Postage"]["Properties"]["CodeUri"] = "s3://assets/code.zip"
print(json.dumps(transform(template, {}, Policies())))
`;

test("SAM: its translator takes the template, cfn-lint and the doctor find nothing in it", async () => {
  const env = { ...process.env, AWS_DEFAULT_REGION: "eu-west-1" };
  const translated = execFileSync(join(tools, "bin/python"), ["-c", translate, samFile], {
    env,
    encoding: "utf8",
  });
  expect(
    execFileSync(join(tools, "bin/cfn-lint"), ["--regions", "eu-west-1", "--", samFile], {
      encoding: "utf8",
    }),
  ).toBe("");
  for (const text of [readFileSync(samFile, "utf8"), translated]) {
    const examined = await examineTemplate(text);
    expect(examined.map((fn) => fn.logicalId)).toEqual(["Postage"]);
    expect(examined[0]?.findings.filter((it) => it.severity !== "fine")).toEqual([]);
  }
});

test("SAM: the function as the template has it answers and its coverage arrives", async () => {
  const [fn] = functionsOf(parseTemplate(readFileSync(samFile, "utf8")));
  const properties = fn?.properties as {
    CodeUri: string;
    Handler: string;
    Runtime: LocalRuntime;
    Timeout: number;
  };
  const layerUri = /ContentUri: (\S+)/.exec(readFileSync(samFile, "utf8"))?.[1] ?? "";
  const s3 = await startLocalS3({ buckets: ["sam-coverage"] });
  const lambda = await startLocalLambda({ s3 });
  try {
    await lambda.createFunction({
      name: "postage",
      runtime: properties.Runtime,
      handler: properties.Handler,
      timeoutSeconds: properties.Timeout,
      code: resolve("examples/sam", properties.CodeUri),
      layers: [resolve("examples/sam", layerUri)],
      environment: {
        ...(fn?.facts.environment as Record<string, string>),
        COVERAGE_S3_BUCKET: "sam-coverage",
      },
    });
    const { payload } = await lambda.invoke("postage", { kind: "letter", grams: 20 });
    expect(JSON.parse(payload).statusCode).toBe(200);
    await lambda.shutdown();
    const { store, prefix } = await openStore("s3://sam-coverage/coverage/", {
      endpoint: s3.endpoint,
      region: s3.region,
      credentials: { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey },
    });
    const { coverageMap } = await combine({ store, prefix });
    expect(coverageMap.getCoverageSummary().toJSON().statements.covered).toBeGreaterThan(0);
  } finally {
    await lambda.stop();
    await s3.stop();
  }
});

type Block = Record<string, unknown>;

/** HCL's own parser. */
async function parseHcl(file: string): Promise<Record<string, Record<string, Record<string, Block[]>>>> {
  const { parse } = createRequire(join(tools, "node/x.js"))("@cdktf/hcl2json") as {
    parse(name: string, text: string): Promise<never>;
  };
  return parse("main.tf", readFileSync(file, "utf8"));
}

/** Names that the AWS provider's schema has for a resource, nested blocks included, and those it requires. */
function schemaOf(type: string, isData: boolean): { names: Set<string>; required: string[] } {
  const name = `${isData ? "data-aws-" : ""}${type.replace(/^aws_/, "").replaceAll("_", "-")}`;
  const text = readFileSync(join(tools, "node/provider-aws", name, "index.d.ts"), "utf8");
  const anchors = /\/docs\/(?:resources|data-sources)\/\w+#(\w+) /g;
  const [, config = ""] =
    /interface \w+Config extends cdktf\.TerraformMetaArguments \{([\s\S]*?)\n\}/.exec(text) ?? [];
  const required = /#(\w+) [^\n]*\n(?:(?!\*\/)[\s\S])*?\*\/\n\s+readonly \w+: /g;
  return {
    names: new Set([...text.matchAll(anchors)].map((match) => match[1] as string)),
    required: [...config.matchAll(required)].map((match) => match[1] as string),
  };
}

/** What Terraform itself knows in every resource. */
const metaArguments = ["depends_on", "count", "for_each", "lifecycle", "provider"];

function attributeNames(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(attributeNames);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === "variables" ? [name] : [name, ...attributeNames(inner)],
  );
}

test("Terraform: HCL's parser takes the file, and every attribute is in the provider's schema", async () => {
  const { resource = {}, data = {} } = await parseHcl("examples/terraform/main.tf");
  const blocks = [
    ...Object.entries(resource).map(([type, named]) => ({ type, named, isData: false })),
    ...Object.entries(data).map(([type, named]) => ({ type, named, isData: true })),
  ].filter(({ type }) => type.startsWith("aws_"));
  expect(blocks.length).toBeGreaterThan(9);
  for (const { type, named, isData } of blocks) {
    const { names, required } = schemaOf(type, isData);
    for (const block of Object.values(named)) {
      const used = attributeNames(block).filter((name) => !metaArguments.includes(name));
      expect(
        used.filter((name) => !names.has(name)),
        type,
      ).toEqual([]);
      expect(
        required.filter((name) => !used.includes(name)),
        type,
      ).toEqual([]);
    }
  }
});

test("Terraform: the schema would have found a wrong attribute and a missing one", () => {
  const { names, required } = schemaOf("aws_lambda_function", false);
  expect(names.has("layers")).toBe(true);
  expect(names.has("layer_arns")).toBe(false);
  expect(required.sort()).toEqual(["function_name", "role"]);
});

/** As HCL's JSON form writes an expression. */
const reference = (expression: string) => `\${${expression}}`;

test("Terraform: layer, wrapper and grants are what the constructs give", async () => {
  const { resource = {}, data = {} } = await parseHcl("examples/terraform/main.tf");
  const [fn] = resource.aws_lambda_function?.postage ?? [];
  expect(fn).toMatchObject({
    layers: [reference("aws_lambda_layer_version.coverage.arn")],
    environment: [
      {
        variables: {
          AWS_LAMBDA_EXEC_WRAPPER: "/opt/coverage-wrapper",
          COVERAGE_S3_BUCKET: expect.any(String),
        },
      },
    ],
  });
  const [policy] = data.aws_iam_policy_document?.store_coverage ?? [];
  const arn = reference("aws_s3_bucket.coverage.arn");
  expect(((policy?.statement ?? []) as Block[]).slice(0, 2)).toEqual([
    { actions: ["s3:PutObject"], resources: functionKeyPatterns("coverage/").map((key) => `${arn}/${key}`) },
    { actions: ["s3:GetObject"], resources: [`${arn}/coverage-scripts/*`] },
  ]);
});

test("Serverless Framework: the configuration fits its schema's types", () => {
  const config = parseYaml(readFileSync("examples/serverless/serverless.yml", "utf8"));
  const source = `import type { AWS } from "@serverless/typescript";\nexport const config: AWS = ${JSON.stringify(config)};\n`;
  const file = join(tools, "node", `serverless-${process.pid}.ts`);
  const check = (text: string) => {
    writeFileSync(file, text);
    try {
      execFileSync("node_modules/.bin/tsc", [
        "--noEmit",
        "--strict",
        "--module",
        "nodenext",
        "--skipLibCheck",
        "--ignoreConfig",
        file,
      ]);
      return "";
    } catch (error) {
      return String((error as { stdout: Buffer }).stdout);
    }
  };
  try {
    expect(check(source)).toBe("");
    expect(check(source.replace('"layers":', '"layerz":'))).toMatch(/layerz/);
  } finally {
    rmSync(file);
  }
});

/** The framework's own packaging, without AWS, of the example's function with our plugin. */
function packageByServerless(name: string, more: object): { service: string; output: string } {
  const service = join(folder, name);
  cpSync("examples/sam/src", service, { recursive: true });
  const plugin = pathToFileURL("src/serverless/index.ts").href;
  writeFileSync(join(service, "coverage.mjs"), `export { default } from ${JSON.stringify(plugin)};\n`);
  const example = parseYaml(readFileSync("examples/serverless/serverless.yml", "utf8"));
  const config = { ...example, plugins: ["./coverage.mjs"], ...more };
  writeFileSync(join(service, "serverless.json"), JSON.stringify(config));
  const output = execFileSync(
    process.execPath,
    [
      ...["--import", "tsx", join(tools, "node/node_modules/osls/bin/serverless.js"), "package"],
      ...[
        "--param=coverageBucket=my-coverage",
        "--param=coverageLayerArn=arn:aws:lambda:eu-west-1:1:layer:l:1",
      ],
    ].map((word) => (word === "tsx" ? import.meta.resolve("tsx") : word)),
    {
      cwd: service,
      encoding: "utf8",
      env: { ...process.env, AWS_ACCESS_KEY_ID: "x", AWS_SECRET_ACCESS_KEY: "y" },
    },
  );
  return { service, output };
}

test("Serverless Framework: the plugin probes what it packs, before its version is named by its hash", async () => {
  const { service } = packageByServerless("sls", {});
  const zip = readFileSync(join(service, ".serverless/postage.zip"));
  const files = fittingProbes(await filesOfZip(zip));
  expect(files).toMatchObject({ fitting: ["index.js"], stale: [], damaged: [] });
  const path = join(service, ".serverless/cloudformation-template-update-stack.json");
  const { Resources } = JSON.parse(readFileSync(path, "utf8"));
  const version = Object.values(
    Resources as Record<string, { Type: string; Properties: { CodeSha256?: string } }>,
  );
  const hashes = version
    .filter(({ Type }) => Type === "AWS::Lambda::Version")
    .map((it) => it.Properties.CodeSha256);
  expect(hashes).toEqual([createHash("sha256").update(zip).digest("base64")]);
});

test("Serverless Framework: a zip of the user's own stays as it is, and what is not chosen is not probed", async () => {
  const own = join(folder, "own.zip");
  const bytes = await writeZip([
    { path: "index.js", bytes: Buffer.from("exports.handler = () => 1;"), executable: false },
  ]);
  writeFileSync(own, bytes);
  const fn = (more: object) => ({ handler: "index.handler", ...more });
  const { service } = packageByServerless("own", {
    custom: {
      coverageBucket: "b",
      coverageLayerArn: "arn:aws:lambda:eu-west-1:1:layer:l:1",
      lambdaCoverage: { functions: ["postage"] },
    },
    functions: {
      postage: fn({ package: { artifact: own } }),
      other: fn({ package: { individually: true } }),
    },
  });
  expect(readFileSync(own).equals(bytes)).toBe(true);
  const probesOf = async (name: string) =>
    fittingProbes(await filesOfZip(readFileSync(join(service, ".serverless", name))));
  expect(await probesOf("own.zip")).toMatchObject({ fitting: ["index.js"] });
  expect(await probesOf("other.zip")).toBeUndefined();
});
