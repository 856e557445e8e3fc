/** Every way an invocation can end: what the caller sees is what it is without us, and what became of the coverage. */
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CoverageFile } from "../../src/contract/coverage-file.ts";
import type { InvokeResult, LocalFunctionConfig } from "../../src/local/index.ts";
import { fixtures } from "./deployed-function.ts";
import { Host, runtimes, seen } from "./host.ts";

let host: Host;
let code: string;
beforeAll(async () => {
  host = await Host.start();
  code = host.newFolder();
  copyFileSync(join(fixtures, "endings.cjs"), join(code, "index.js"));
});
afterAll(() => host.stop());

interface Ended {
  result: InvokeResult;
  after: InvokeResult;
  exits: (string | undefined)[];
  requestIds: string[];
}

type Config = Omit<LocalFunctionConfig, "name" | "code" | "handler">;

/** One ordinary invocation, the ending, and one more in what is left of the sandbox. */
async function end(name: string, way: string): Promise<Ended> {
  const first = await host.lambda.invoke(name, { way: "return" });
  const sandbox = first.sandboxId;
  const result = await host.lambda.invoke(name, { way }, { sandbox });
  const after = await host.lambda.invoke(name, { way: "return" }, { sandbox });
  const exits = (await host.eventsOf(sandbox))
    .filter(({ kind }) => kind === "exit")
    .map(({ detail }) => detail);
  return { result, after, exits, requestIds: [first, result, after].map(({ requestId }) => requestId) };
}

async function both(way: string, config: Config) {
  const bare = await end(await host.bare({ code, handler: "index.handler", ...config }), way);
  const name = await host.layered({ code, handler: "index.handler", ...config });
  const layered = await end(name, way);
  const comparable = ({ result }: Ended) => ({ ...seen(result), trace: undefined });
  expect(comparable(layered)).toEqual(comparable(bare));
  expect(layered.exits).toEqual(bare.exits);
  expect(layered.after.payload).toBe('"done"');
  const files = await arrived(name, layered);
  const asked = new Set(layered.requestIds);
  const outcomes = files
    .flatMap(({ invocations }) => invocations)
    .filter(({ requestId }) => asked.has(requestId))
    .map(({ outcome }) => outcome);
  return { files, name, layered, outcomes };
}

/** An upload that a busy machine did not get out in its budget comes with a later invocation. */
async function arrived(name: string, { requestIds, after }: Ended): Promise<CoverageFile[]> {
  for (let call = 0; ; call++) {
    const files = await host.coverageFiles(name);
    const stored = new Set(files.flatMap((file) => file.invocations.map(({ requestId }) => requestId)));
    if (call === 4 || requestIds.every((requestId) => stored.has(requestId))) return files;
    await host.lambda.invoke(name, { way: "return" }, { sandbox: after.sandboxId });
  }
}

const short = { timeoutSeconds: 2, memoryMb: 256 };

describe.each(runtimes)("$runtime, client line $client", (row) => {
  test.each([
    { way: "throw", outcome: "error" },
    { way: "exit", outcome: "crash" },
    { way: "exitLater", outcome: "crash" },
    { way: "uncaught", outcome: "crash" },
    { way: "unhandled", outcome: "crash" },
    { way: "wait", outcome: "timeout" },
    { way: "spin", outcome: "timeout" },
  ])("$way is stored as $outcome", async ({ way, outcome }) => {
    const { files, outcomes } = await both(way, { ...row, ...short });
    expect(outcomes.sort()).toEqual([outcome, "ok", "ok"].sort());
    expect(files.filter((file) => file.lost !== undefined)).toEqual([]);
    const [ended] = files.filter((file) =>
      file.invocations.some((invocation) => invocation.outcome === outcome),
    );
    expect(await host.countAt(ended === undefined ? [] : [ended], "index.js", "const way = ways")).toBe(1);
  });

  /** The next process uploads the record in what its own invocations leave of their budgets. */
  async function lostFiles(name: string, sandbox: string): Promise<CoverageFile[]> {
    let files: CoverageFile[] = [];
    for (let call = 0; call < 4; call++) {
      files = await host.coverageFiles(name);
      if (files.some(({ lost }) => lost !== undefined)) break;
      await host.lambda.invoke(name, { way: "return" }, { sandbox });
    }
    return files;
  }

  test.each([
    { way: "kill", more: {} },
    { way: "term", more: {} },
    { way: "memory", more: { enforceMemory: true } },
  ])("$way in the middle is recorded as lost by the next process", async ({ way, more }) => {
    const { name, layered } = await both(way, { ...row, ...short, ...more });
    const files = await lostFiles(name, layered.after.sandboxId);
    const lost = files.filter((file) => file.lost !== undefined);
    expect(lost.map(({ lost, environment }) => [lost?.reason, environment.sequence])).toEqual([
      ["killed", 1],
    ]);
    const { id } = lost[0]?.environment ?? {};
    expect(files.some((file) => file.environment.id === id && file.lost === undefined)).toBe(true);
    expect(layered.after.functionError).toBeUndefined();
  });

  test("a retry by the same request id in the same environment: an invocation of its own, held no longer than another", async () => {
    const name = await host.layered({ code, handler: "index.handler", ...row, timeoutSeconds: 10 });
    const first = await host.lambda.invoke(name, { way: "return" });
    const choice = { sandbox: first.sandboxId, requestId: first.requestId };
    const retriedAt = Date.now();
    for (let retry = 0; retry < 2; retry++) await host.lambda.invoke(name, { way: "return" }, choice);
    // Not seen to end, it would be held until the function's deadline.
    expect(Date.now() - retriedAt).toBeLessThan(8_000);
    const files = await host.coverageFiles(name);
    expect(files.flatMap(({ invocations }) => invocations.map(({ requestId }) => requestId))).toEqual(
      Array(3).fill(first.requestId),
    );
  });

  test("killed by the first statement that it ever ran, before the agent's thread came to it: lost, and known", async () => {
    const name = await host.layered({ code, handler: "index.handler", ...row, ...short });
    const { requestId, sandboxId, functionError } = await host.lambda.invoke(name, { way: "killAtOnce" });
    expect(functionError).toBe("Unhandled");
    await host.lambda.invoke(name, { way: "return" }, { sandbox: sandboxId });
    const files = await lostFiles(name, sandboxId);
    const [lost, ...others] = files.filter(({ lost }) => lost !== undefined);
    expect(others).toEqual([]);
    expect(lost).toEqual({
      format: "lambda-coverage/1",
      function: { name, version: "$LATEST", region: host.s3.region, runtime: row.runtime },
      environment: { id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/), sequence: 0 },
      invocations: [],
      granularity: "block",
      collectedFrom: "start",
      lost: { reason: "killed" },
      scripts: [],
    });
    const keys = (await host.keys("coverage/")).filter((key) => key.includes(requestId));
    expect(await Promise.all(keys.map((key) => host.object(key)))).toEqual([lost]);
    const { id } = lost?.environment ?? {};
    expect(files.filter(({ environment }) => environment.id === id)).toEqual([lost]);
  });

  test("what was stored at load, before the first invocation, is not recorded as lost after it", async () => {
    const folder = host.newFolder();
    // Its file is stored, as sequence 0, before the handler is called.
    const source = `const { CoverageContext } = require("lambda-coverage-layer");
const stored = new CoverageContext().run(() => "at load");
setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500));
exports.handler = async () => stored;`;
    writeFileSync(join(folder, "index.js"), source);
    const name = await host.layered({ code: folder, handler: "index.handler", ...row });
    const { payload, sandboxId } = await host.lambda.invoke(name, {});
    expect(payload).toBe('"at load"');
    await host.lambda.signalRuntime(sandboxId, "SIGKILL");
    for (let call = 0; call < 2; call++) await host.lambda.invoke(name, {}, { sandbox: sandboxId });
    const files = await host.coverageFiles(name);
    expect(files.map(({ environment, lost }) => [environment.sequence, lost])).toEqual([
      [0, undefined],
      [0, undefined],
      [1, undefined],
      [1, undefined],
      [2, undefined],
    ]);
  });

  describe("on one core, where the agent's thread starts after the first response", () => {
    const oneCore = { ...short, launchPrefix: ["taskset", "-c", "0"] };

    test.each([
      { way: "return", outcome: "ok" },
      { way: "throw", outcome: "error" },
      { way: "exit", outcome: "crash" },
      { way: "uncaught", outcome: "crash" },
      { way: "wait", outcome: "timeout" },
    ])("$way in the first invocation is stored as $outcome", async ({ way, outcome }) => {
      const bare = await host.lambda.invoke(
        await host.bare({ code, handler: "index.handler", ...row, ...short }),
        { way },
      );
      const name = await host.layered({ code, handler: "index.handler", ...row, ...oneCore });
      const result = await host.lambda.invoke(name, { way });
      expect({ ...seen(result), trace: undefined }).toEqual({ ...seen(bare), trace: undefined });
      await host.lambda.invoke(name, { way: "return" }, { sandbox: result.sandboxId });
      const own = (await host.coverageFiles(name)).flatMap(({ invocations }) =>
        invocations.filter(({ requestId }) => requestId === result.requestId),
      );
      expect(own.map((invocation) => invocation.outcome)).toEqual([outcome]);
    });

    test("spin in the first invocation is recorded as lost; from the sandbox's next process on it is stored", async () => {
      const name = await host.layered({ code, handler: "index.handler", ...row, ...oneCore });
      const { sandboxId, timedOut } = await host.lambda.invoke(name, { way: "spin" });
      expect(timedOut).toBe(true);
      const again = await host.lambda.invoke(name, { way: "spin" }, { sandbox: sandboxId });
      await host.lambda.invoke(name, { way: "return" }, { sandbox: sandboxId });
      const files = await lostFiles(name, sandboxId);
      const own = files.filter(({ invocations }) =>
        invocations.some(({ requestId }) => requestId === again.requestId),
      );
      expect(own.map(({ invocations }) => invocations.map(({ outcome }) => outcome))).toEqual([["timeout"]]);
      expect(
        files.flatMap(({ lost, environment }) => (lost ? [[lost.reason, environment.sequence]] : [])),
      ).toEqual([["killed", 0]]);
    });
  });

  test("a /tmp that takes nothing costs the marker, not the invocation", async () => {
    const name = await host.layered({
      code,
      handler: "index.handler",
      ...row,
      environment: { TMPDIR: "/dev/null" },
    });
    const { payload, sandboxId } = await host.lambda.invoke(name, { way: "return" });
    expect(payload).toBe('"done"');
    expect(
      (await host.coverageFiles(name)).map(({ environment, lost }) => [environment.sequence, lost]),
    ).toEqual([[0, undefined]]);
    await host.lambda.shutdown(sandboxId);
  });

  test("a handler that ends between the deadline's snapshot and the deadline leaves two files, nothing twice", async () => {
    const name = await host.layered({
      code,
      handler: "index.handler",
      ...row,
      timeoutSeconds: 1.5 as number,
    });
    const result = await host.lambda.invoke(name, { way: "late" });
    expect(result.payload).toBe('"just in time"');
    expect(result.timedOut).toBe(false);
    await host.lambda.invoke(name, { way: "return" }, { sandbox: result.sandboxId });
    const files = await host.coverageFiles(name);
    expect(await host.countAt(files, "index.js", "const way = ways")).toBe(2);
    const mine = files.filter((file) =>
      file.invocations.some(({ requestId }) => requestId === result.requestId),
    );
    expect(mine.flatMap((file) => file.invocations.map(({ outcome }) => outcome))).toContain("timeout");
  });

  test("killed between invocations, nothing is lost", async () => {
    const name = await host.layered({ code, handler: "index.handler", ...row });
    const { sandboxId } = await host.lambda.invoke(name, { way: "return" });
    await host.lambda.signalRuntime(sandboxId, "SIGKILL");
    const after = await host.lambda.invoke(name, { way: "return" }, { sandbox: sandboxId });
    expect(after.payload).toBe('"done"');
    const files = await host.coverageFiles(name);
    expect(files.map((file) => [file.environment.sequence, file.lost])).toEqual([
      [0, undefined],
      [0, undefined],
    ]);
  });

  test("thawed after its connection to S3 died, it stores on; shutdown ends it", async () => {
    const name = await host.layered({ code, handler: "index.handler", ...row });
    const { sandboxId } = await host.lambda.invoke(name, { way: "return" });
    await host.s3.setFaults({ faults: [{ kind: "refuse", times: 1, match: { method: "PUT" } }] });
    await host.lambda.invoke(name, { way: "return" }, { sandbox: sandboxId });
    await host.s3.setFaults();
    await host.lambda.invoke(name, { way: "return" }, { sandbox: sandboxId });
    await host.lambda.shutdown(sandboxId);
    const files = await host.coverageFiles(name);
    expect(files.map((file) => file.environment.sequence)).toEqual([0, 1, 2]);
    expect(files.every((file) => file.lost === undefined)).toBe(true);
  });

  test.each([1, 3])(
    "S3 hangs: an invocation that answered never times out (%i s)",
    async (timeoutSeconds) => {
      const name = await host.layered({ code, handler: "index.handler", ...row, timeoutSeconds });
      const { sandboxId } = await host.lambda.invoke(name, { way: "return" });
      await host.s3.setFaults({ faults: [{ kind: "hang" }] });
      const results = [];
      for (let call = 0; call < 4; call++) {
        results.push(await host.lambda.invoke(name, { way: "return" }, { sandbox: sandboxId }));
      }
      await host.s3.setFaults();
      expect(results.map(({ payload, timedOut }) => [payload, timedOut])).toEqual(
        Array(4).fill(['"done"', false]),
      );
      // What hung lies under /tmp or in V8's counters; it comes with later invocations, nothing twice.
      for (let call = 0; call < 5; call++) {
        await host.lambda.invoke(name, { way: "return" }, { sandbox: sandboxId });
      }
      const files = await host.coverageFiles(name);
      const requests = files.flatMap((file) => file.invocations.map(({ requestId }) => requestId));
      expect(new Set(requests).size).toBe(requests.length);
      expect(await host.countAt(files, "index.js", "const way = ways")).toBe(requests.length);
      expect(requests.length).toBeGreaterThanOrEqual(6);
    },
  );
});
