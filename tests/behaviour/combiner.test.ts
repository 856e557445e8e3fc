/** The combiner as a Lambda function that has nothing but the layer: what CDK's CoverageCombiner deploys. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bucket, Host } from "./host.ts";

let host: Host;
let orders: string;
let combiner: string;
beforeAll(async () => {
  host = await Host.start();
  const code = host.newFolder();
  writeFileSync(
    join(code, "index.js"),
    "exports.handler = async ({ n }) => {\n  if (n > 1) {\n    return 'big';\n  }\n  return 'small';\n};\n",
  );
  orders = await host.layered({ code, handler: "index.handler", runtime: "nodejs24.x" });
  for (const n of [0, 0]) await host.lambda.invoke(orders, { n });

  const inline = host.newFolder();
  writeFileSync(
    join(inline, "index.js"),
    'exports.handler = (event, context) => require("lambda-coverage-layer").coverageCombinerHandler(event, context);\n',
  );
  combiner = await host.wrappedInCode({
    code: inline,
    handler: "index.handler",
    runtime: "nodejs24.x",
    timeoutSeconds: 60,
    memoryMb: 1024,
    environment: { COVERAGE_ENABLED: "false" },
  });
});
afterAll(() => host.stop());

test("combines with the runtime's own AWS SDK; result in the spec's fields", async () => {
  const { payload, functionError } = await host.lambda.invoke(combiner, {
    bucket,
    prefix: "coverage/",
    output_key: "coverage/combined/daily-report.json",
  });
  expect(functionError).toBeUndefined();
  expect(JSON.parse(payload)).toEqual({
    files_processed: 2,
    files_skipped: 0,
    combined_coverage: expect.any(Number),
    output_location: `s3://${bucket}/coverage/combined/daily-report.json`,
    processing_time_ms: expect.any(Number),
    errors: [],
  });
  const keys = await host.keys("coverage/combined/");
  expect(keys).toContain("coverage/combined/daily-report.json");
  expect(keys).toContain("coverage/combined/daily-report/lcov.info");
});

test("a schedule of EventBridge: the function's own bucket and prefix", async () => {
  const event = { "detail-type": "Scheduled Event", source: "aws.events", detail: {} };
  const { payload } = await host.lambda.invoke(combiner, event);
  expect(JSON.parse(payload)).toMatchObject({
    files_processed: 2,
    output_location: `s3://${bucket}/coverage/combined-report.json`,
  });
});

test("the functions' own patterns say what is reported", async () => {
  const code = host.newFolder();
  mkdirSync(join(code, "src"));
  const kept = "exports.kept = () => 1;\n";
  writeFileSync(join(code, "src/kept.js"), kept);
  writeFileSync(join(code, "src/made.gen.js"), kept);
  writeFileSync(join(code, "other.js"), kept);
  writeFileSync(
    join(code, "index.js"),
    'const all = ["./src/kept.js", "./src/made.gen.js", "./other.js"].map(require);\nexports.handler = async () => all.map((one) => one.kept());\n',
  );
  const name = await host.layered({
    code,
    handler: "index.handler",
    runtime: "nodejs24.x",
    environment: {
      COVERAGE_S3_PREFIX: "patterns/",
      COVERAGE_INCLUDE_PATTERNS: "src/**",
      COVERAGE_EXCLUDE_PATTERNS: "**/*.gen.js",
    },
  });
  await host.lambda.invoke(name, {});
  const { payload } = await host.lambda.invoke(combiner, { bucket, prefix: "patterns/" });
  expect(JSON.parse(payload)).toMatchObject({ files_processed: 1, combined_coverage: 100 });
  const report = await host.text("patterns/combined-report.json");
  expect(Object.keys(JSON.parse(report).files)).toEqual(["src/kept.js"]);
});

test("it collects nothing of itself", async () => {
  expect(await host.layerLines(combiner)).toEqual([]);
  expect((await host.keys("")).filter((key) => key.includes(combiner))).toEqual([]);
});
