/** S3 in trouble, seen from a function of 3 s: answers stay answers, and what is owed arrives once S3 is back. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Fault } from "../../src/local/index.ts";
import { Host } from "./host.ts";
import { everyKind } from "./s3-fault-kinds.ts";

let host: Host;
let code: string;
beforeAll(async () => {
  host = await Host.start();
  code = host.newFolder();
  const source = "exports.handler = async ({ n }) => { if (n > 1) { return 'big'; } return 'small'; };\n";
  writeFileSync(join(code, "index.js"), source);
});
afterEach(() => host.s3.setFaults());
afterAll(() => host.stop());

async function create(): Promise<string> {
  return host.layered({ code, handler: "index.handler", runtime: "nodejs24.x", timeoutSeconds: 3 });
}

async function invoke(name: string, n: number): Promise<void> {
  const result = await host.lambda.invoke(name, { n });
  expect([result.payload, result.timedOut, result.functionError]).toEqual([
    JSON.stringify(n > 1 ? "big" : "small"),
    false,
    undefined,
  ]);
}

const faults: [string, Fault][] = [
  ["hangs", { kind: "hang" }],
  ["answers after the function's deadline", { kind: "delay", delayMs: 10_000 }],
  ["resets connections", { kind: "reset" }],
  ["is down", { kind: "refuse" }],
  ["is busy", { kind: "SlowDown" }],
  ["says no", { kind: "AccessDenied" }],
];

describe.each(faults)("S3 %s", (_name, fault) => {
  test("no answer is lost or late for it; the coverage of all arrives later, once", async () => {
    const name = await create();
    await host.s3.setFaults({ faults: [fault] });
    for (const n of [0, 5]) await invoke(name, n);
    await host.s3.setFaults();
    // The breaker lets the third and fourth go by without a try, V8 keeps their sum.
    for (const n of [5, 5, 5, 0]) await invoke(name, n);
    const files = await host.coverageFiles(name);
    expect(await host.countAt(files, "index.js", "return 'big'")).toBe(4);
    expect(await host.countAt(files, "index.js", "return 'small'")).toBe(2);
    expect(files.map((file) => file.environment.sequence)).toEqual([0, 1, 2]);
    expect(files.flatMap((file) => file.invocations)).toHaveLength(6);
  });
});

test.each(everyKind)("%s: every answer in time, all coverage in the end, once", async (_name, plan) => {
  const name = await create();
  await invoke(name, 0);
  await host.s3.setFaults(plan);
  for (const n of [5, 5]) await invoke(name, n);
  await host.s3.setFaults();
  for (const n of [0, 5, 5, 0]) await invoke(name, n);
  const files = await host.coverageFiles(name);
  expect(files.filter(({ lost }) => lost !== undefined)).toEqual([]);
  expect(await host.countAt(files, "index.js", "return 'big'")).toBe(4);
  expect(await host.countAt(files, "index.js", "return 'small'")).toBe(3);
  const requestIds = files.flatMap(({ invocations }) => invocations.map(({ requestId }) => requestId));
  expect([requestIds.length, new Set(requestIds).size]).toEqual([7, 7]);
  const sequences = files.map(({ environment }) => environment.sequence);
  expect(sequences).toEqual(sequences.map((_, at) => at));
});

test("a fault that passes within the budget costs nothing but a try", async () => {
  const name = await create();
  await host.s3.setFaults({ faults: [{ kind: "InternalError", times: 2, match: { method: "PUT" } }] });
  await invoke(name, 5);
  expect(await host.coverageFiles(name)).toHaveLength(1);
  expect(await host.layerLines(name)).toHaveLength(1);
});
