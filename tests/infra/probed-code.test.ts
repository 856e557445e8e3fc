/** `collector: "probes"`: what is deployed is the probed copy, in the template, the assets and every version. */
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, Stack, Stage } from "aws-cdk-lib";
import { Annotations, Match, Template } from "aws-cdk-lib/assertions";
import { Code, Function as LambdaFunction, LayerVersion, Runtime } from "aws-cdk-lib/aws-lambda";
import { NodejsFunction } from "aws-cdk-lib/aws-lambda-nodejs";
import { Bucket } from "aws-cdk-lib/aws-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeZip } from "../../scripts/layer-zip.ts";
import { CoverageBucket, type EnableCoverageOptions, enableCoverage } from "../../src/cdk/index.ts";
import { probesFolder } from "../../src/contract/probe-manifest.ts";
import { readZip } from "../../src/probe-package/zip-file.ts";

const root = mkdtempSync(join(tmpdir(), "probed-code-"));
const source = join(root, "code");
const zip = join(root, "code.zip");
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeAll(async () => {
  mkdirSync(source);
  writeFileSync(join(source, "index.js"), "exports.handler = async (event) => event.n ?? 1;\n");
  const bytes = readFileSync(join(source, "index.js"));
  writeFileSync(zip, await writeZip([{ path: "index.js", bytes, executable: false }]));
});

function setUp(scope: Stack | Stage = new App({ outdir: mkdtempSync(join(root, "out-")), context })) {
  const stack = new Stack(scope, "Shop");
  const layerArn = "arn:aws:lambda:eu-west-1:111122223333:layer:lambda-coverage-layer:7";
  const options: EnableCoverageOptions = {
    bucket: new CoverageBucket(stack, "Coverage"),
    layer: LayerVersion.fromLayerVersionArn(stack, "Layer", layerArn),
    collector: "probes",
  };
  const add = (id: string, code: Code) =>
    new LambdaFunction(stack, id, { runtime: Runtime.NODEJS_24_X, handler: "index.handler", code });
  return { stack, options, add };
}

/** As the CDK's command line sets it. */
const context = { "aws:cdk:enable-asset-metadata": true };

interface FunctionResource {
  Properties: { Code: { S3Key: string }; Environment: { Variables: Record<string, unknown> } };
  Metadata: Record<string, string>;
}

/** Each function's logical id prefix → resource and the staged asset that it names, by both ways to it. */
function deployed(stack: Stack): Record<string, { resource: FunctionResource; path: string }> {
  const found = Template.fromStack(stack).findResources("AWS::Lambda::Function");
  const outdir = Stage.of(stack)?.outdir as string;
  const { files } = JSON.parse(readFileSync(join(outdir, `${stack.artifactId}.assets.json`), "utf8"));
  return Object.fromEntries(
    Object.entries(found as Record<string, FunctionResource>).map(([id, resource]) => {
      const hash = resource.Properties.Code.S3Key?.replace(/\.zip$/, "");
      const path = join(outdir, files[hash]?.source.path ?? "inline");
      if (resource.Metadata) expect(join(outdir, resource.Metadata["aws:asset:path"] as string)).toBe(path);
      return [id.replace(/[0-9A-F]{8}$/, ""), { resource, path }];
    }),
  );
}

test("a folder's and a zip's asset are swapped for probed copies; what was given stays as it is", async () => {
  const { stack, options, add } = setUp();
  add("Folder", Code.fromAsset(source));
  add("Zip", Code.fromAsset(zip));
  enableCoverage(stack, options);
  const { Folder, Zip } = deployed(stack);
  expect(Folder?.resource.Properties.Environment.Variables.COVERAGE_COLLECTOR).toBe("probes");
  expect(readdirSync(Folder?.path as string).sort()).toEqual(["index.js", probesFolder]);
  const entries = (await readZip(readFileSync(Zip?.path as string))).map(({ path }) => path);
  expect(entries).toContain(`${probesFolder}/manifest.json`);
  expect(readdirSync(source)).toEqual(["index.js"]);
  Annotations.fromStack(stack).hasNoWarning("*", Match.stringLikeRegexp("lambda-coverage"));
});

test("what NodejsFunction bundles is probed, and minified code is warned about", () => {
  const { stack, options } = setUp();
  const fn = new NodejsFunction(stack, "Bundled", {
    entry: "examples/simple_function/index.ts",
    runtime: Runtime.NODEJS_24_X,
    bundling: { minify: true },
  });
  enableCoverage(fn, options);
  expect(readdirSync(deployed(stack).Bundled?.path as string).sort()).toEqual(["index.js", probesFolder]);
  Annotations.fromStack(stack).hasWarning("/Shop/Bundled", Match.stringLikeRegexp("index.js: minified"));
});

test("a version's logical id changes with its code, and its alias follows", () => {
  const versionOf = (collector: "auto" | "probes") => {
    const { stack, options, add } = setUp();
    const fn = add("Orders", Code.fromAsset(source));
    fn.addAlias("live");
    enableCoverage(fn, { ...options, collector });
    const template = Template.fromStack(stack);
    const [version] = Object.keys(template.findResources("AWS::Lambda::Version"));
    template.hasResourceProperties("AWS::Lambda::Alias", {
      FunctionVersion: { "Fn::GetAtt": [version, "Version"] },
    });
    return { version, key: deployed(stack).Orders?.resource.Properties.Code.S3Key };
  };
  const [bare, probed, again] = [versionOf("auto"), versionOf("probes"), versionOf("probes")];
  expect(probed.version).not.toBe(bare.version);
  expect(probed.key).not.toBe(bare.key);
  expect(again).toEqual(probed);
});

test("functions that share an asset share its probed copy", () => {
  const { stack, options, add } = setUp();
  const code = Code.fromAsset(source);
  add("One", code);
  add("Two", code);
  enableCoverage(stack, options);
  const { One, Two } = deployed(stack);
  expect(Two?.path).toBe(One?.path);
  expect(stack.node.children.filter(({ node }) => node.id.startsWith("LambdaCoverageProbed"))).toHaveLength(
    1,
  );
});

test("choices reach the prober, and files without probes are told", () => {
  const { stack, options, add } = setUp();
  const folder = join(root, "choices");
  mkdirSync(folder);
  for (const name of ["index.js", "page.js"]) writeFileSync(join(folder, name), "exports.x = () => 1;\n");
  writeFileSync(join(folder, "broken.js"), "function (");
  enableCoverage(add("Chosen", Code.fromAsset(folder)), { ...options, probe: { exclude: ["page.js"] } });
  const { path } = deployed(stack).Chosen as { path: string };
  const { files } = JSON.parse(readFileSync(join(path, probesFolder, "manifest.json"), "utf8"));
  expect(files.map((file: { path: string }) => file.path)).toEqual(["index.js"]);
  Annotations.fromStack(stack).hasWarning(
    "/Shop/Chosen",
    Match.stringLikeRegexp("1 of its files.*broken.js does not parse"),
  );
});

test("code that the app does not hold is refused with the way round; in a stack it is left as it is", () => {
  const { stack, options, add } = setUp();
  const inline = add("Inline", Code.fromInline("exports.handler = async () => 1"));
  const bucket = add("Elsewhere", Code.fromBucket(Bucket.fromBucketName(stack, "B", "builds"), "orders.zip"));
  const pipeline = add("Pipeline", Code.fromCfnParameters());
  const refusals: [LambdaFunction, string, RegExp][] = [
    [inline, "InlineCode", /Code\.fromAsset/],
    [bucket, "CodeNotInApp", /lambda-coverage probe on the zip/],
    [pipeline, "CodeNotInApp", /parameters that a pipeline fills/],
  ];
  for (const [fn, code, message] of refusals) {
    expect(() => enableCoverage(fn, options)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  }
  enableCoverage(stack, options);
  expect(Template.fromStack(stack).findResources("AWS::Lambda::LayerVersion")).toEqual({});
  for (const [{ node }, code] of refusals) {
    Annotations.fromStack(stack).hasWarning(
      `/${node.path}`,
      Match.stringLikeRegexp(`No coverage here.*${code}`),
    );
  }
});

test("a package that cannot be probed is an error of its function, with what the command says", () => {
  const { stack, options, add } = setUp();
  const folder = join(root, "python");
  mkdirSync(folder);
  writeFileSync(join(folder, "app.py"), "");
  enableCoverage(add("NotNode", Code.fromAsset(folder)), options);
  Annotations.fromStack(stack).hasError(
    "/Shop/NotNode",
    Match.stringLikeRegexp("is a Python function[^]*NoJavaScript"),
  );
});

test("stages of their own, as CDK Pipelines deploys, publish the probed asset", () => {
  const app = new App({ outdir: mkdtempSync(join(root, "out-")), context });
  const { stack, options, add } = setUp(new Stage(app, "Prod"));
  enableCoverage(add("Staged", Code.fromAsset(source)), options);
  const { path } = deployed(stack).Staged as { path: string };
  expect(existsSync(join(path, probesFolder, "manifest.json"))).toBe(true);
});

test("a build without bundling, as for `cdk list`, probes nothing", () => {
  const app = new App({
    outdir: mkdtempSync(join(root, "out-")),
    context: { ...context, "aws:cdk:bundling-stacks": [] },
  });
  const stack = new Stack(app, "Shop");
  const code = Code.fromAsset(source);
  const fn = new LambdaFunction(stack, "Listed", {
    runtime: Runtime.NODEJS_24_X,
    handler: "index.handler",
    code,
  });
  const layer = LayerVersion.fromLayerVersionArn(
    stack,
    "Layer",
    "arn:aws:lambda:eu-west-1:111122223333:layer:x:7",
  );
  enableCoverage(fn, { bucket: new CoverageBucket(stack, "Coverage"), layer, collector: "probes" });
  expect(readdirSync(deployed(stack).Listed?.path as string)).toEqual(["index.js"]);
});

test("the probed package is what `lambda-coverage probe --check` makes of it", () => {
  const { stack, options, add } = setUp();
  enableCoverage(add("Checked", Code.fromAsset(source)), options);
  const { path } = deployed(stack).Checked as { path: string };
  const out = execFileSync(
    process.execPath,
    ["--import", "tsx", "src/cli/main.ts", "probe", path, "--check"],
    {
      encoding: "utf8",
    },
  );
  expect(out).toMatch(/^✓/);
});
