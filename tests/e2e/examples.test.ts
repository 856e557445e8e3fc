/** Every example in the local Lambda, through the built layer, as the app deploys it; then its report. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CoverageMap } from "istanbul-lib-coverage";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleExample } from "../../examples/bundle.ts";
import packageJson from "../../package.json" with { type: "json" };
import { combine } from "../../src/combine/index.ts";
import { type LocalLambda, type LocalS3, startLocalLambda, startLocalS3 } from "../../src/local/index.ts";
import { openStore } from "../../src/store/open-store.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const layer = join(root, "dist", `lambda-coverage-layer-${packageJson.version}.zip`);
/** Inside the repository, so that the source maps name the sources by paths below its root. */
const folder = join(root, ".cache", `e2e-examples-${process.pid}`);
let s3: LocalS3;
let lambda: LocalLambda;

beforeAll(async () => {
  s3 = await startLocalS3({ buckets: ["examples"] });
  lambda = await startLocalLambda({ s3 });
});

afterAll(async () => {
  await lambda?.stop();
  await s3?.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Deployed {
  invoke(event: unknown): Promise<Record<string, unknown>>;
  /** Coverage of all its invocations so far. */
  coverage(): Promise<CoverageMap>;
  prefix: string;
}

async function deploy(
  example: string,
  handler: string,
  options: { wrapper?: boolean; environment?: Record<string, string> } = {},
): Promise<Deployed> {
  const name = `${example}-${handler}`;
  const prefix = `${name}/`;
  const code = join(folder, example);
  await bundleExample(`${example}/index.ts`, code);
  await lambda.createFunction({
    name,
    runtime: "nodejs24.x",
    code,
    handler: `index.${handler}`,
    layers: [layer],
    timeoutSeconds: 20,
    memoryMb: 512,
    environment: {
      COVERAGE_S3_BUCKET: "examples",
      COVERAGE_S3_PREFIX: prefix,
      ...(options.wrapper ? { AWS_LAMBDA_EXEC_WRAPPER: "/opt/coverage-wrapper" } : {}),
      ...options.environment,
    },
  });
  return {
    prefix,
    async invoke(event) {
      const result = await lambda.invoke(name, event);
      if (result.functionError !== undefined) throw new Error(`${name}: ${result.payload}`);
      if (result.heldMs > 10_000) throw new Error(`${name} was held until its deadline`);
      return JSON.parse(result.payload) as Record<string, unknown>;
    },
    async coverage() {
      const { store } = await openStore("s3://examples/", {
        endpoint: s3.endpoint,
        region: s3.region,
        credentials: { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey },
      });
      const { coverageMap } = await combine({ store, prefix, root });
      return coverageMap;
    },
  };
}

/** Hits of a function of an example, by its name in the original source. */
function hits(map: CoverageMap, path: string, functionName: string): number {
  const { fnMap, f } = map.fileCoverageFor(`examples/${path}`).data;
  const found = Object.entries(fnMap).filter(([, fn]) => fn.name === functionName);
  if (found.length !== 1) throw new Error(`${found.length} functions ${functionName} in ${path}`);
  return f[found[0]?.[0] as string] as number;
}

test("simple_function: the branch that ran is covered, the one that did not is not", async () => {
  const deployed = await deploy("simple_function", "handler");
  expect(await deployed.invoke({ name: "TestUser", language: "fr" })).toEqual({
    statusCode: 200,
    body: '{"message":"Bonjour, TestUser!"}',
  });
  const map = await deployed.coverage();
  expect(map.files()).toEqual(["examples/simple_function/index.ts"]);
  const summary = map.getCoverageSummary();
  expect(summary.statements.covered).toBeGreaterThan(0);
  expect(summary.statements.covered).toBeLessThan(summary.statements.total);
});

test("context_manager_function: only what ran inside the context is counted", async () => {
  const deployed = await deploy("context_manager_function", "handler");
  const answer = await deployed.invoke({ income: 4000, debts: 500, years: 6 });
  expect(answer).toEqual({ statusCode: 200, body: '{"points":105,"decision":"accept"}' });
  const map = await deployed.coverage();
  expect(hits(map, "context_manager_function/score.ts", "score")).toBe(1);
});

test("health_check_function: health beside the business routes", async () => {
  const deployed = await deploy("health_check_function", "handler");
  const health = await deployed.invoke({ httpMethod: "GET", path: "/health" });
  expect(health.statusCode).toBe(200);
  expect(JSON.parse(health.body as string)).toMatchObject({
    coverage_enabled: true,
    layer_version: packageJson.version,
    s3_config: { bucket: "examples", prefix: deployed.prefix },
  });
  expect(await deployed.invoke({ httpMethod: "GET", path: "/rooms/102" })).toMatchObject({
    body: '{"id":"102","state":"taken"}',
  });
  const map = await deployed.coverage();
  expect(hits(map, "health_check_function/index.ts", "readRoom")).toBe(1);
});

const readings = [
  { sensor: "hall", value: 21 },
  { sensor: "", value: 3 },
  { sensor: "oven", value: 99 },
];

test("advanced_usage: sampling by invocation", async () => {
  const always = await deploy("advanced_usage", "sampled", { environment: { SAMPLE_SHARE: "1" } });
  const answer = { count: 2, dropped: 1, mean: 60, max: 99, warning: "too hot" };
  expect(await always.invoke({ readings })).toEqual(answer);
  expect(hits(await always.coverage(), "advanced_usage/summarise.ts", "summarise")).toBe(1);
});

test("advanced_usage: the stage decides whether there is coverage", async () => {
  const dev = await deploy("advanced_usage", "staged", { environment: { STAGE: "dev" } });
  await dev.invoke({ readings });
  expect(hits(await dev.coverage(), "advanced_usage/summarise.ts", "summarise")).toBe(1);
});

test("advanced_usage: a selective block by enter and exit", async () => {
  const deployed = await deploy("advanced_usage", "selective");
  expect(await deployed.invoke({ lines: ["hall,21", "oven,x"] })).toMatchObject({ count: 1, dropped: 1 });
  expect(hits(await deployed.coverage(), "advanced_usage/summarise.ts", "summarise")).toBe(1);
});

const order = { id: "7", items: [{ sku: "cup", quantity: 3 }], card: "4242" };

test("shop: orders, inventory and API with the exec wrapper, then the combined and the daily report", async () => {
  const environment = { COVERAGE_S3_PREFIX: "coverage/" };
  const processOrder = await deploy("shop", "processOrder", { wrapper: true, environment });
  expect(await processOrder.invoke({ order })).toEqual({ orderId: "7", amount: 3600, soldOut: ["cup"] });
  const inventory = await deploy("shop", "inventory", { environment });
  expect(await inventory.invoke({ action: "check", items: [{ sku: "tea", quantity: 1 }] })).toEqual([
    { sku: "tea", quantity: 1, left: 12 },
  ]);
  const api = await deploy("shop", "api", { wrapper: true, environment });
  expect(await api.invoke({ httpMethod: "GET", path: "/stock" })).toMatchObject({ statusCode: 200 });

  const combiner = await deploy("combiner_function", "handler", { environment });
  const combined = await combiner.invoke({ bucket: "examples", prefix: "coverage/" });
  expect(combined).toMatchObject({
    files_skipped: 0,
    output_location: "s3://examples/coverage/combined-report.json",
    errors: [],
  });
  expect(combined.files_processed).toBeGreaterThanOrEqual(3);
  expect(combined.combined_coverage).toBeGreaterThan(0);
  expect(combined.combined_coverage).toBeLessThan(100);

  const tomorrow = new Date(Date.now() + 24 * 60 * 60 * 1000).toISOString();
  const day = new Date().toISOString().slice(0, 10);
  for (const [example, handler] of [
    ["combiner_function", "daily"],
    ["shop", "dailyCoverageReport"],
  ] as const) {
    const daily = await deploy(example, handler, { environment });
    expect(await daily.invoke({ time: tomorrow })).toMatchObject({
      output_location: `s3://examples/coverage/daily/${day}.json`,
    });
  }
});

test("coverage files are as small as the specification says: 2 KB of a simple function, 4 KB of any example", async () => {
  const simple = await deploy("simple_function", "handler");
  for (const name of ["Ada", "Ada", ""]) await simple.invoke({ name });
  const puts = (await s3.requests()).filter(
    ({ method, key }) => method === "PUT" && key.endsWith(".coverage"),
  );
  const ofSimple = puts.filter(({ key }) => key.startsWith(simple.prefix));
  expect(ofSimple.length).toBeGreaterThanOrEqual(3);
  expect(Math.max(...ofSimple.map(({ requestBytes }) => requestBytes))).toBeLessThan(2 * 1024);
  expect(Math.max(...puts.map(({ requestBytes }) => requestBytes))).toBeLessThan(4 * 1024);
});
