/** One stack, functions of both languages, default layers: each by its runtime, all in one report. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, Duration, Stack } from "aws-cdk-lib";
import { Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { afterAll, expect, test } from "vitest";
import { CoverageBucket, enableCoverage } from "../../src/cdk/index.ts";
import { combine } from "../../src/combine/index.ts";
import { startLocalLambda, startLocalS3 } from "../../src/local/index.ts";
import { openStore } from "../../src/store/open-store.ts";
import { stagedFunctions } from "./staged-assembly.ts";

const folder = mkdtempSync(join(tmpdir(), "coverage-languages-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const node = `exports.handler = async ({ n }) => {
  if (n < 0) return "negative";
  return "natural";
};
`;

const python = `def handler(event, context):
    if event["n"] < 0:
        return "negative"
    return "natural"
`;

test("Node.js and Python functions of one stack, enabled at once, in one report", async () => {
  const app = new App({ outdir: folder });
  const stack = new Stack(app, "Both");
  const timeout = Duration.seconds(10);
  const common = { handler: "index.handler", timeout, memorySize: 256 };
  new LambdaFunction(stack, "Node", { ...common, runtime: Runtime.NODEJS_24_X, code: Code.fromInline(node) });
  new LambdaFunction(stack, "Python", {
    ...common,
    runtime: Runtime.PYTHON_3_11,
    code: Code.fromInline(python),
  });
  enableCoverage(stack, { bucket: new CoverageBucket(stack, "Coverage") });
  app.synth();

  const s3 = await startLocalS3({ buckets: ["both-coverage"] });
  const lambda = await startLocalLambda({ s3 });
  try {
    for (const fn of stagedFunctions(folder, "Both", () => "both-coverage")) {
      await s3.setPolicy(fn.policy);
      await lambda.createFunction(fn.config);
      const { payload } = await lambda.invoke(fn.logicalId, { n: 1 });
      expect(JSON.parse(payload)).toBe("natural");
      await lambda.shutdown();
    }
    await s3.setPolicy();
    const { store, prefix } = await openStore("s3://both-coverage/coverage/", {
      endpoint: s3.endpoint,
      region: s3.region,
      credentials: { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey },
    });
    const { coverageMap } = await combine({ store, prefix });
    const files = coverageMap.files().sort();
    expect(files.map((file) => file.split("/").at(-1))).toEqual(["index.js", "index.py"]);
    const [js, py] = files.map((file) => coverageMap.fileCoverageFor(file).getLineCoverage());
    expect(js).toMatchObject({ 2: 1, 3: 1 });
    expect(py).toMatchObject({ 2: expect.any(Number), 3: 0, 4: expect.any(Number) });
    expect(py?.[4]).toBeGreaterThan(0);
  } finally {
    await lambda.stop();
    await s3.stop();
  }
});
