/** Every function of both stacks in the local Lambda, from the very assets that the CDK staged, with its grants only. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { flows } from "../../examples/orders/events.ts";
import { buildApp } from "../../infra/build-app.ts";
import { exampleFunctions, pythonExampleFunctions, testFunctions } from "../../infra/functions.ts";
import { smokeTest } from "../../infra/smoke-test.ts";
import { pythonAtHand } from "../../scripts/demo/loyalty-service.ts";
import { combine } from "../../src/combine/index.ts";
import {
  type LocalLambda,
  type LocalS3,
  type S3Request,
  startLocalLambda,
  startLocalS3,
} from "../../src/local/index.ts";
import { openStore } from "../../src/store/open-store.ts";
import { type StagedFunction, stagedFunctions } from "./staged-assembly.ts";

const folder = mkdtempSync(join(tmpdir(), "coverage-staged-"));
const stacks = ["LambdaCoverageLayerStack", "LambdaCoverageTestStack"] as const;
const bucketOf = (id: string) => (id.startsWith("CoverageBucket") ? "staged-coverage" : "staged-orders");
let s3: LocalS3;
let lambda: LocalLambda;
let staged: StagedFunction[];

beforeAll(async () => {
  buildApp({ props: { outdir: folder } }).synth();
  staged = stacks.flatMap((stack) => stagedFunctions(folder, stack, bucketOf));
  s3 = await startLocalS3({ buckets: ["staged-coverage", "staged-orders"] });
  lambda = await startLocalLambda({ s3 });
});

afterAll(async () => {
  await lambda?.stop();
  await s3?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function find(id: string): StagedFunction {
  const found = staged.find(
    (fn) => fn.logicalId.replace(/(Function)?[0-9A-F]{8}$/, "") === id.replace(/Function$/, ""),
  );
  if (found === undefined) throw new Error(`${id} is not in ${staged.map((fn) => fn.logicalId)}`);
  return found;
}

/** Without s3:ListBucket, S3 answers 403 for a key that is not there, as the script's first HEAD finds. */
function asksForMissing(fn: StagedFunction, { operation }: S3Request): boolean {
  const mayList = fn.policy.allow.some((grant) => grant.actions.includes("s3:ListBucket"));
  return !mayList && (operation === "HeadObject" || operation === "GetObject");
}

/** Invokes with each event under the function's own grants; nothing may be refused. */
async function invokeAll(fn: StagedFunction, events: readonly unknown[]) {
  await s3.setPolicy(fn.policy);
  await s3.clearRequests();
  await lambda.createFunction(fn.config);
  const results = [];
  for (const event of events) results.push(await lambda.invoke(fn.logicalId, event));
  await lambda.shutdown();
  await s3.setPolicy();
  const requests = await s3.requests();
  const refused = requests.filter((it) => it.status === 403 && !asksForMissing(fn, it));
  expect(refused.map((it) => `${it.operation} ${it.key}`)).toEqual([]);
  return {
    results,
    keys: requests.filter((it) => it.method === "PUT" && it.status === 200).map((it) => it.key),
  };
}

async function openBucket() {
  return openStore("s3://staged-coverage/coverage/", {
    endpoint: s3.endpoint,
    region: s3.region,
    credentials: { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey },
  });
}

test.each([...exampleFunctions, ...testFunctions])(
  "$id answers, and its coverage arrives",
  async ({ id, events }) => {
    const fn = find(id);
    const { results, keys } = await invokeAll(fn, events);
    expect(results[0]?.functionError).toBeUndefined();
    expect(results.filter((result) => result.timedOut)).toEqual([]);
    const files = keys.filter((key) => key.endsWith(".coverage"));
    expect(files.length).toBeGreaterThanOrEqual(1);
    for (const key of files)
      expect(key).toMatch(new RegExp(`^coverage/\\d{4}/\\d{2}/\\d{2}/${fn.logicalId}-`));
  },
);

test("OrdersExample answers, and its coverage arrives", async () => {
  const { results, keys } = await invokeAll(
    find("OrdersExample"),
    flows[0]?.steps.map((step) => step.event) ?? [],
  );
  const statuses = results.map((result) => JSON.parse(result.payload).statusCode);
  expect(statuses).toEqual(flows[0]?.steps.map((step) => step.status));
  expect(keys.filter((key) => key.endsWith(".coverage")).length).toBeGreaterThan(0);
});

const pythonRows = pythonExampleFunctions.filter((row) => row.combines !== true);

/** The template asks for a runtime that may not be on this machine. */
async function onPythonAtHand(fn: StagedFunction): Promise<StagedFunction> {
  const runtime = await pythonAtHand();
  if (runtime === undefined)
    throw new Error("no Python interpreter of a supported version is on this machine");
  return { ...fn, config: { ...fn.config, runtime } };
}

test.each(pythonRows)("$id (Python) answers, and its coverage arrives", async ({ id, events }) => {
  const { results, keys } = await invokeAll(await onPythonAtHand(find(id)), events);
  expect(results.map((result) => result.functionError)).toEqual(events.map(() => undefined));
  expect(keys.filter((key) => key.endsWith(".coverage")).length).toBeGreaterThan(0);
});

test("PythonCombinerExample stores coverage.py's report with its own grants", async () => {
  const fn = await onPythonAtHand(find("PythonCombinerExample"));
  const { results, keys } = await invokeAll(fn, [{ bucket: "staged-coverage", prefix: "coverage/" }]);
  expect(results[0]?.functionError, results[0]?.payload).toBeUndefined();
  expect(keys.filter((key) => key.startsWith("coverage/combined"))).toHaveLength(1);
});

test("make test-all's suite passes for the testing stack, by Lambda's Invoke API", async () => {
  const config = {
    region: s3.region,
    credentials: { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey },
  };
  const combiner = stagedFunctions(folder, "LambdaCoverageTestStack", bucketOf).find((fn) =>
    fn.logicalId.startsWith("CoverageCombiner"),
  );
  if (combiner === undefined) throw new Error("the testing stack has no combiner");
  await lambda.createFunction({ ...combiner.config, name: "test-combiner" });
  const lines: string[] = [];
  const result = await smokeTest({
    lambda: new LambdaClient({ ...config, endpoint: lambda.endpoint }),
    s3: new S3Client({ ...config, endpoint: s3.endpoint, forcePathStyle: true }),
    bucket: "staged-coverage",
    functions: testFunctions.map((row) => ({ row, name: find(row.id).logicalId })),
    combiner: "test-combiner",
    log: (line) => lines.push(line),
  });
  expect(result.files).toBeGreaterThanOrEqual(testFunctions.length);
  expect(lines).toHaveLength(testFunctions.length + 1);
});

test("what they stored combines into one report by original source", async () => {
  const { store, prefix } = await openBucket();
  const result = await combine({ store, prefix, root: process.cwd() });
  const files = result.coverageMap.files();
  for (const source of [
    "examples/simple_function/index.ts",
    "examples/shop/orders.ts",
    "loyalty.py",
    "infra/test-functions/main.ts",
  ]) {
    expect(files.some((file) => file.endsWith(source))).toBe(true);
  }
  const { statements } = result.coverageMap.getCoverageSummary().toJSON();
  expect(statements.covered).toBeGreaterThan(0);
  expect(statements.covered).toBeLessThan(statements.total);
  expect(result.skipped).toEqual([]);
});

test("the combiner function, from its inline code and the layer, stores a report with its own grants", async () => {
  const fn = find("CoverageCombiner");
  const { results, keys } = await invokeAll(fn, [{ bucket: "staged-coverage", prefix: "coverage/" }]);
  expect(results[0]?.functionError, results[0]?.payload).toBeUndefined();
  const answer = JSON.parse(results[0]?.payload ?? "{}");
  const body = typeof answer.body === "string" ? JSON.parse(answer.body) : answer;
  expect(body.files_processed).toBeGreaterThan(5);
  expect(body.combined_coverage).toBeGreaterThan(0);
  expect(keys.some((key) => key.startsWith("coverage/combined"))).toBe(true);
});
