/**
 * Python functions held against themselves without the layer, and what arrives of each ending.
 * @module-tag python
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CoverageFile } from "../../src/contract/coverage-file.ts";
import type { InvokeResult } from "../../src/local/index.ts";
import { withoutOwnFolder } from "../behaviour/own-folder.ts";
import {
  bucket,
  fixtures,
  type Host,
  interpreterOf,
  linesOf,
  type PythonRuntime,
  runtimesAtHand,
  startHost,
  unzippedLayer,
} from "./harness.ts";

const runtimes = await runtimesAtHand();
const newest = runtimes.at(-1) as PythonRuntime;
let host: Host;

beforeAll(async () => {
  host = await startHost();
});
afterAll(() => host.stop());

/** What a caller and the function's log see, without what differs from run to run. */
function seen(result: InvokeResult): unknown {
  const payload = withoutOwnFolder(result.payload.replaceAll(result.requestId, "<id>"));
  return {
    status: result.statusCode,
    functionError: result.functionError,
    payload,
    timedOut: result.timedOut,
  };
}

async function ownLog(name: string): Promise<string[]> {
  const lines = (await host.lambda.logs(name)).split("\n");
  return lines
    .filter((line) => line !== "" && !line.includes('"source": "lambda-coverage"'))
    .filter((line) => !/^(START|END|REPORT|INIT_REPORT) /.test(line))
    .map((line) =>
      withoutOwnFolder(line).replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<>"),
    );
}

async function ourLog(name: string): Promise<Record<string, unknown>[]> {
  const lines = (await host.lambda.logs(name)).split("\n");
  return lines.filter((line) => line.includes('"source": "lambda-coverage"')).map((line) => JSON.parse(line));
}

interface Case {
  call: string;
  /** Lines of pricing.py that must have arrived. */
  lines: number[];
  outcome: string;
}

const cases: Case[] = [
  { call: "ok", lines: [7, 10], outcome: "ok" },
  { call: "raises", lines: [7, 9], outcome: "error" },
  { call: "returns_none", lines: [7, 10], outcome: "ok" },
  { call: "not_json", lines: [], outcome: "ok" },
  { call: "logs", lines: [], outcome: "ok" },
  { call: "threads", lines: [14, 15], outcome: "ok" },
  { call: "exits", lines: [7, 10], outcome: "crash" },
];

const loadErrors = [
  "handlers.no_such_function",
  "handlers.Nested.method",
  "no_such_module.handler",
  "no-dot",
  "broken_import.handler",
  "broken_syntax.handler",
  "broken_attribute.handler",
  "broken_value.handler",
  "exits_at_import.handler",
];

const app = `${fixtures}/app`;

async function deployPair(runtime: PythonRuntime, handler: string): Promise<[bare: string, covered: string]> {
  const stem = `${runtime}-${handler}`.replaceAll(".", "_");
  await host.deploy({ name: `bare-${stem}`, runtime, code: app, handler, layer: false });
  await host.deploy({ name: `cov-${stem}`, runtime, code: app, handler });
  return [`bare-${stem}`, `cov-${stem}`];
}

// The oracle (oracle.test.ts) runs every version at hand.
describe.each([...new Set([runtimes[0] as PythonRuntime, newest])])("%s", (runtime) => {
  test("every kind of ending: same answer, same log, coverage arrives", async () => {
    const [bare, covered] = await deployPair(runtime, "handlers.dispatch");
    for (const { call, lines, outcome } of cases) {
      const event = { call, net: 10 };
      const plain = seen(await host.lambda.invoke(bare, event));
      const result = await host.lambda.invoke(covered, event);
      expect([call, seen(result)]).toEqual([call, plain]);
      const file = (await host.files(covered)).find(({ key }) => key.includes(result.requestId))?.file;
      expect([call, file?.invocations.map((row) => row.outcome)]).toEqual([call, [outcome]]);
      expect(linesOf(file as CoverageFile, "pricing.py")).toEqual(expect.arrayContaining(lines));
    }
    expect(await ownLog(covered)).toEqual(await ownLog(bare));
    const [first] = await host.files(covered);
    // The module level of what was loaded belongs to sequence 0.
    expect(linesOf(first?.file as CoverageFile, "pricing.py")).toEqual([1, 3, 6, 7, 8, 10, 13, 19]);
  });

  test.each(loadErrors)("a handler that cannot be loaded: %s", async (handler) => {
    const [bare, covered] = await deployPair(runtime, handler);
    const plain = seen(await host.lambda.invoke(bare, {}));
    expect(seen(await host.lambda.invoke(covered, {}))).toEqual(plain);
    expect(await ownLog(covered)).toEqual(await ownLog(bare));
  });

  test("the response has left before the upload starts", async () => {
    const name = `order-${runtime}`.replaceAll(".", "_");
    await host.deploy({ name, runtime, code: `${fixtures}/app`, handler: "handlers.ok" });
    const requestIds = [];
    for (const net of [1, 2, 3]) requestIds.push((await host.lambda.invoke(name, { net })).requestId);
    const events = await host.lambda.events();
    for (const requestId of requestIds) {
      const response = events.findIndex(
        (event) => event.kind === "response" && event.requestId === requestId,
      );
      const upload = events.findIndex(
        (event) => event.kind === "s3" && event.detail?.includes(`${requestId}.coverage`),
      );
      expect(response).toBeGreaterThanOrEqual(0);
      expect(upload).toBeGreaterThan(response);
    }
    const files = await host.files(name);
    expect(files.map(({ file }) => file.environment.sequence)).toEqual([0, 1, 2]);
    expect(new Set(files.map(({ file }) => file.environment.id)).size).toBe(1);
    // Later files hold what the invocation ran, not what init ran.
    expect(linesOf(files[2]?.file as CoverageFile, "pricing.py")).toEqual([7, 8, 10]);
  });

  test("near the deadline a snapshot leaves even a spinning handler, and the next process names what is lost", async () => {
    const name = `spin-${runtime}`.replaceAll(".", "_");
    await host.deploy({
      name,
      runtime,
      code: `${fixtures}/app`,
      handler: "handlers.spins",
      timeoutSeconds: 4,
    });
    const first = await host.lambda.invoke(name, { spin: true });
    expect(first.timedOut).toBe(true);
    const [file] = await host.files(name);
    expect(file?.file.invocations[0]?.outcome).toBe("timeout");
    expect(linesOf(file?.file as CoverageFile, "pricing.py")).toEqual(expect.arrayContaining([7, 10]));
    await host.lambda.invoke(name, {}, { sandbox: first.sandboxId });
    const lost = (await host.files(name)).filter(({ file: { lost } }) => lost !== undefined);
    expect(lost.map(({ file: { environment, lost } }) => [environment, lost])).toEqual([
      [{ id: file?.file.environment.id, sequence: 1 }, { reason: "killed" }],
    ]);
  });
});

describe("the decorator and the context manager, without the wrapper", () => {
  test("the decorator: coverage after the response, the import's module level known as far as it was seen", async () => {
    await host.deploy({
      name: "decorated",
      runtime: newest,
      code: `${fixtures}/decorated`,
      handler: "app.lambda_handler",
      wrapper: false,
    });
    const result = await host.lambda.invoke("decorated", { name: "Ada" });
    expect(JSON.parse(result.payload)).toEqual({ statusCode: 200, body: "Hello Ada" });
    const health = JSON.parse((await host.lambda.invoke("decorated", { path: "/health" })).payload).body;
    expect(health).toMatchObject({
      status: "healthy",
      coverage_enabled: true,
      layer_version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      s3_config: { bucket, prefix: "coverage/decorated/", status: "ok" },
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    const [first] = await host.files("decorated");
    expect(first?.file).toMatchObject({ collectedFrom: "late", invocations: [{ outcome: "ok" }] });
    const app = first?.file.scripts.find(({ path }) => path === "app.py");
    expect(app).toMatchObject({ collectedFrom: "late" });
    // Line 3 was running when the tracer started; what came after it was seen.
    expect(linesOf(first?.file as CoverageFile, "app.py")).toEqual([3, 5, 8, 9, 10, 12]);
    expect(linesOf(first?.file as CoverageFile, "greeting.py")).toEqual([1, 2, 4]);
    const greeting = first?.file.scripts.find(({ path }) => path === "greeting.py");
    expect(greeting).toMatchObject({ collectedFrom: "start" });
  });

  test("blocks: only what runs inside is recorded", async () => {
    await host.deploy({
      name: "blocks",
      runtime: newest,
      code: `${fixtures}/blocks`,
      handler: "app.lambda_handler",
      wrapper: false,
    });
    expect((await host.lambda.invoke("blocks", { skip: true })).payload).toBe('"no block"');
    expect(await host.files("blocks")).toEqual([]);
    expect((await host.lambda.invoke("blocks", { n: 2 })).payload).toBe("5");
    expect((await host.lambda.invoke("blocks", { fail: true })).functionError).toBe("Unhandled");
    const files = await host.files("blocks");
    expect(files.map(({ file }) => linesOf(file, "work.py"))).toEqual([[6, 7], []]);
    expect(linesOf(files[0]?.file as CoverageFile, "app.py")).toEqual(expect.arrayContaining([15]));
    expect(linesOf(files[0]?.file as CoverageFile, "app.py")).not.toContain(18);
  });

  test("blocks under the wrapper: that invocation is selective, init stays", async () => {
    await host.deploy({
      name: "both",
      runtime: newest,
      code: `${fixtures}/blocks`,
      handler: "app.lambda_handler",
    });
    await host.lambda.invoke("both", { n: 1 });
    await host.lambda.invoke("both", { skip: true });
    const files = await host.files("both");
    expect(files.map(({ file }) => linesOf(file, "work.py"))).toEqual([[1, 5, 6, 8, 11], [2]]);
  });
});

test("outside Lambda the upload is awaited", async () => {
  const { endpoint, region, accessKeyId, secretAccessKey } = host.s3;
  const folder = mkdtempSync(join(tmpdir(), "python-outside-"));
  try {
    const layer = unzippedLayer(folder);
    const program = `
import app
print(app.lambda_handler({"name": "Ada"}, None), flush=True)
import os
os._exit(0)`;
    const { executable } = await interpreterOf(newest);
    const printed = execFileSync(executable, ["-c", program], {
      cwd: join(fixtures, "decorated"),
      encoding: "utf8",
      env: {
        PATH: process.env.PATH,
        PYTHONPATH: `${layer}:${join(fixtures, "decorated")}`,
        PYTHONDONTWRITEBYTECODE: "1",
        TMPDIR: folder,
        COVERAGE_S3_BUCKET: bucket,
        COVERAGE_S3_PREFIX: "coverage/outside/",
        AWS_ENDPOINT_URL_S3: endpoint,
        AWS_REGION: region,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
      },
    });
    expect(printed.split("\n").at(-2)).toBe("{'statusCode': 200, 'body': 'Hello Ada'}");
    const [only] = await host.files("outside");
    expect(linesOf(only?.file as CoverageFile, "greeting.py")).toEqual([1, 2, 4]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe("settings", () => {
  const deploy = (name: string, environment: Record<string, string>, handler = "handlers.dispatch") =>
    host.deploy({ name, runtime: newest, code: app, handler, environment });
  const ok = { call: "ok", net: 10 };

  test("COVERAGE_HEALTH_CHECK_PATH: answered without the function's code", async () => {
    await deploy("health-path", { COVERAGE_HEALTH_CHECK_PATH: "/health" });
    for (const event of [{ path: "/health" }, { rawPath: "/health" }]) {
      const answer = JSON.parse((await host.lambda.invoke("health-path", event)).payload);
      expect(answer).toMatchObject({ statusCode: 200, headers: { "Content-Type": "application/json" } });
      expect(JSON.parse(answer.body)).toMatchObject({ status: "healthy", coverage_enabled: true });
    }
    expect(await host.files("health-path")).toEqual([]);
    expect((await host.lambda.invoke("health-path", ok)).payload).toBe('{"tax": 1.9}');
    expect(await host.files("health-path")).toHaveLength(1);
  });

  test("COVERAGE_SAMPLE_RATE=0: the function runs bare", async () => {
    await deploy("sampled-out", { COVERAGE_SAMPLE_RATE: "0" });
    expect((await host.lambda.invoke("sampled-out", ok)).payload).toBe('{"tax": 1.9}');
    expect([await host.files("sampled-out"), await ourLog("sampled-out")]).toEqual([[], []]);
  });

  test("COVERAGE_UPLOAD=new: only what this environment has not stored", async () => {
    await deploy("only-new", { COVERAGE_UPLOAD: "new" });
    for (const call of ["ok", "ok", "ok", "threads"]) await host.lambda.invoke("only-new", { call, net: 1 });
    const files = await host.files("only-new");
    expect(files.map(({ file }) => [file.environment.sequence, file.invocations.length])).toEqual([
      [0, 1],
      [1, 3],
    ]);
    expect(linesOf(files[1]?.file as CoverageFile, "pricing.py")).toEqual([14, 15]);
  });

  test("COVERAGE_GRANULARITY=function: lines, no branches", async () => {
    await deploy("lines-only", { COVERAGE_GRANULARITY: "function" });
    for (let i = 0; i < 2; i++) await host.lambda.invoke("lines-only", ok);
    const files = await host.files("lines-only");
    expect(files.map(({ file }) => file.granularity)).toEqual(["function", "function"]);
    expect(
      files.flatMap(({ file }) => file.scripts.map((script) => "arcs" in script && script.arcs)),
    ).toEqual(files.flatMap(({ file }) => file.scripts.map(() => [])));
    expect(linesOf(files[1]?.file as CoverageFile, "pricing.py")).toEqual([7, 8, 10]);
  });

  test("COVERAGE_UPLOAD_SOURCES=false: no source leaves the function", async () => {
    await deploy("sources-home", { COVERAGE_UPLOAD_SOURCES: "false" });
    await host.s3.clearRequests();
    await host.lambda.invoke("sources-home", ok);
    const keys = (await host.s3.requests()).map(({ key }) => key);
    expect(keys.filter((key) => key.startsWith("coverage-scripts/"))).toEqual([]);
    expect(await host.files("sources-home")).toHaveLength(1);
  });

  test("COVERAGE_EXCLUDE_PATTERNS: what they name is not measured, and combine hears of them", async () => {
    await deploy("excluding", { COVERAGE_EXCLUDE_PATTERNS: "pric*.py" });
    await host.lambda.invoke("excluding", ok);
    const [first] = await host.files("excluding");
    expect(first?.file.scripts.map(({ path }) => path)).toEqual(["handlers.py"]);
    expect(first?.file.exclude).toEqual(["pric*.py"]);
  });

  test("COVERAGE_METRICS: one line in CloudWatch's embedded metric format", async () => {
    await deploy("metrics", { COVERAGE_METRICS: "true" });
    await host.lambda.invoke("metrics", ok);
    const [line] = (await ourLog("metrics")).filter((entry) => "_aws" in entry);
    expect(line).toMatchObject({
      FunctionName: "metrics",
      FilesStored: 1,
      FilesFailed: 0,
      FileSize: expect.any(Number),
    });
  });

  test("only s3:PutObject is allowed: all is stored", async () => {
    await deploy("put-only", {});
    await host.s3.setPolicy({ allow: [{ actions: ["s3:PutObject"], resources: ["*"] }] });
    try {
      await host.lambda.invoke("put-only", ok);
    } finally {
      await host.s3.setPolicy(undefined);
    }
    const [first] = await host.files("put-only");
    expect(first?.file.scripts).toHaveLength(2);
    for (const script of first?.file.scripts ?? []) {
      expect((await host.store.get(script.script as string)).length).toBeGreaterThan(0);
    }
  });
});

test("a function that leaves no descriptor keeps answering: no answered invocation ends as a timeout", async () => {
  const deploy = { runtime: newest, code: app, handler: "handlers.dispatch", timeoutSeconds: 4 };
  await host.deploy({ name: "no-descriptors", ...deploy });
  await host.lambda.invoke("no-descriptors", { call: "ok", net: 1 });
  for (const call of ["uses_every_descriptor", "ok", "ok"]) {
    const result = await host.lambda.invoke("no-descriptors", { call, net: 1 });
    expect([result.functionError, result.timedOut]).toEqual([undefined, false]);
  }
});

test("no warning that the function would not see without the layer", async () => {
  const environment = { PYTHONWARNINGS: "always" };
  const deploy = { runtime: newest, code: app, handler: "handlers.dispatch", environment };
  await host.deploy({ name: "bare-warnings", ...deploy, layer: false });
  await host.deploy({ name: "warnings", ...deploy });
  for (const call of ["ok", "forks", "exits"]) {
    const plain = seen(await host.lambda.invoke("bare-warnings", { call, net: 1 }));
    expect(seen(await host.lambda.invoke("warnings", { call, net: 1 }))).toEqual(plain);
  }
  const withoutPids = async (name: string) => (await ownLog(name)).map((line) => line.replace(/pid=\d+/, ""));
  expect(await withoutPids("warnings")).toEqual(await withoutPids("bare-warnings"));
});

test("a recursion without an end: its whole stack trace is the client's error, as bare", async () => {
  await host.deploy({
    name: "bare-deep",
    runtime: newest,
    code: app,
    handler: "handlers.recurses",
    layer: false,
  });
  await host.deploy({ name: "deep", runtime: newest, code: app, handler: "handlers.recurses" });
  const results = [await host.lambda.invoke("bare-deep", {}), await host.lambda.invoke("deep", {})];
  for (const { payload } of results) expect(JSON.parse(payload).errorType).toBe("RecursionError");
  expect(JSON.stringify(results[1])).not.toContain("coverage_wrapper");
});

describe("faults", () => {
  const deploy = (
    name: string,
    environment: Record<string, string>,
    handler = "handlers.ok",
    timeoutSeconds = 3,
  ) => host.deploy({ name, runtime: newest, code: `${fixtures}/app`, handler, environment, timeoutSeconds });

  test("no bucket: the function works, one line says why there is no coverage", async () => {
    await deploy("no-bucket", { COVERAGE_S3_BUCKET: "" });
    expect((await host.lambda.invoke("no-bucket", { net: 10 })).payload).toBe('{"tax": 1.9}');
    const messages = (await ourLog("no-bucket")).map(({ level, message }) => [level, message]);
    expect(messages).toEqual([["WARNING", expect.stringContaining("COVERAGE_S3_BUCKET is not set")]]);
  });

  test("disabled: nothing of ours runs", async () => {
    await deploy("disabled", { COVERAGE_ENABLED: "false" }, "handlers.reads_environment");
    const bareHandler = JSON.parse(JSON.parse((await host.lambda.invoke("disabled", {})).payload));
    expect(bareHandler._HANDLER).toBe("handlers.reads_environment");
    expect(await ourLog("disabled")).toEqual([]);
    const events = await host.lambda.events();
    expect(
      events.some(({ kind, sandboxId }) => kind === "extension-register" && sandboxId === "disabled"),
    ).toBe(false);
  });

  test("the function's own variables are as without the wrapper", async () => {
    await deploy("environment", {}, "handlers.reads_environment");
    const covered = JSON.parse(JSON.parse((await host.lambda.invoke("environment", {})).payload));
    expect(covered).toMatchObject({ _HANDLER: "handlers.reads_environment", LAMBDA_COVERAGE_HANDLER: null });
  });

  test("an unreachable endpoint: answered in time, files wait and are stored by the next process", async () => {
    await deploy("unreachable", { AWS_ENDPOINT_URL_S3: "http://127.0.0.1:9" });
    const first = await host.lambda.invoke("unreachable", { net: 10 });
    expect(first).toMatchObject({ payload: '{"tax": 1.9}', timedOut: false });
    const [line] = (await ourLog("unreachable")).filter(({ level }) => level === "ERROR");
    expect(line).toMatchObject({
      error_type: "S3UploadError",
      details: {
        error_code: "ECONNREFUSED",
        retry_count: 3,
        outcome: "pending",
        pending_files: 1,
        remedy: expect.any(String),
      },
    });
  });

  test("another tracer in the handler: said once, the function is left alone", async () => {
    await deploy("tracer", {}, "handlers.uses_own_tracer");
    for (let i = 0; i < 2; i++) expect((await host.lambda.invoke("tracer", {})).payload).toBe("0.19");
    const warnings = (await ourLog("tracer")).filter(({ level }) => level === "WARNING");
    expect(warnings.map(({ message }) => message)).toEqual([expect.stringContaining("another tracer")]);
  });

  test("S3 hangs: no answered invocation ends as a timeout, the breaker opens, all is stored once S3 is back", async () => {
    await deploy("hanging", {});
    await host.s3.setFaults({ seed: 1, faults: [{ kind: "hang" }] });
    const results = [];
    for (let i = 0; i < 4; i++) results.push(await host.lambda.invoke("hanging", { net: i }));
    await host.s3.setFaults(undefined);
    expect(results.map(({ timedOut }) => timedOut)).toEqual([false, false, false, false]);
    for (let i = 0; i < 8; i++) await host.lambda.invoke("hanging", { net: i });
    const files = await host.files("hanging");
    const sequences = files.map(({ file }) => file.environment.sequence).sort((a, b) => a - b);
    expect(sequences).toEqual(sequences.map((_, index) => index));
    expect(files.every(({ file }) => file.lost === undefined)).toBe(true);
  });
});
