import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { compareWindows, eagerTiers } from "../../../../bench/warm/windows.ts";
import { nodeBinary } from "../../../local/lambda/node-binary.ts";
import { begunOf, countersOf, newCounterMemory } from "./counters.ts";
import { ProbeCounts } from "./probe-counts.ts";

/** As a thread joins, which a process does once. */
function started() {
  const memory = newCounterMemory([3, 2]);
  new Int32Array(memory.threads)[0] = 1;
  const live = countersOf(memory, 0);
  begunOf(memory, 0).fill(1);
  return { memory, live, counts: new ProbeCounts(memory) };
}

test("a take holds what was counted since the one before, file by file", () => {
  const { live, counts } = started();
  live.set([1, 0, 2, 0, 5]);
  expect(counts.take()).toEqual([
    { slice: 0, counts: [0, 1, 1, 2] },
    { slice: 1, counts: [1, 5] },
  ]);
  expect(counts.take()).toEqual([]);
  live[1] = 7;
  expect(counts.take()).toEqual([{ slice: 0, counts: [1, 7] }]);
});

test("more than 2^32 counts between two takes are counted right where they are folded in between", () => {
  const { live, counts } = started();
  live[0] = 4_000_000_000;
  counts.fold();
  live[0] = (4_000_000_000 + 1_000_000_000) % 2 ** 32;
  counts.fold();
  live[0] = (4_000_000_000 + 3_000_000_000) % 2 ** 32;
  expect(counts.take()).toEqual([{ slice: 0, counts: [0, 7_000_000_000] }]);
});

test("a copy of an earlier moment bounds the take; what was counted after it comes with the next", () => {
  const { live, counts } = started();
  live[0] = 3;
  const copy = live.slice();
  live[0] = 10;
  counts.fold();
  expect(counts.take(copy)).toEqual([{ slice: 0, counts: [0, 3] }]);
  expect(counts.take()).toEqual([{ slice: 0, counts: [0, 7] }]);
  const discarded = live.slice();
  live[0] = 12;
  counts.discard(discarded);
  expect(counts.take()).toEqual([{ slice: 0, counts: [0, 2] }]);
});

test("threads count side by side, and one that has not joined makes the counts incomplete", async () => {
  const { memory, live, counts } = started();
  new Int32Array(memory.threads)[1] = 2;
  expect(counts.isWhole).toBe(false);
  const code = `const { workerData: m } = require("node:worker_threads");
    const stripe = Atomics.add(new Int32Array(m.threads), 0, 1);
    new Uint8Array(m.begun, 2 * stripe, 2).fill(1);
    new Uint32Array(m.counters, 20 * stripe, 5)[4] = 6;`;
  await new Promise((resolve) => new Worker(code, { eval: true, workerData: memory }).on("exit", resolve));
  live[4] = 1;
  expect(counts.isWhole).toBe(true);
  expect(counts.take()).toEqual([{ slice: 1, counts: [1, 7] }]);
});

test.each([22, 24])("every later window of hot code is whole on Node.js %i", async (major) => {
  const { path: node } = await nodeBinary(major);
  const { windows, counters, ...found } = await compareWindows({
    node,
    takes: 40,
    flags: eagerTiers,
    collector: "probes",
  });
  expect(counters).toBeGreaterThan(60);
  expect(found).toEqual({ lost: 0, exact: windows, missing: 0, wrong: 0 });
});
