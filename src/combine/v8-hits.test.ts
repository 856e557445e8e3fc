/** Probes that V8's counters only bound: a number where it is certain that it ran or did not, else unknown. */
import { expect, test } from "vitest";

import { InitCounts } from "./fold/init-counts.ts";
import { ScriptCounts } from "./fold/script-counts.ts";
import type { ProbeTable } from "./map/probe-table.ts";
import { atLeast, ifAny, joinProbes, never, type Probe } from "./map/repair/terms.ts";
import { V8Hits } from "./v8-hits.ts";

const length = 100;
const table: ProbeTable = {
  sha256: "",
  mapSha256: "",
  length,
  functionRanges: [0, 0, length],
  moduleLevel: { deferred: [], loops: [] },
  deployed: true,
  files: [],
};

/** 5 hits at 0, 2 at 10, none at 20. */
function read(probe: Probe): number | undefined {
  const counts = new ScriptCounts();
  const ranges = [0, length, 5, 10, 5, 2, 10, 5, 0];
  counts.add(Int32Array.from(ranges), { late: false, functionGranularity: false });
  const settled = counts.settle(table.functionRanges, length);
  return new V8Hits(table, { counts: settled, init: new InitCounts().settle(), repair: true }).inFiles(probe);
}

test("the counts that the rest is about", () => {
  expect([[0], [10], [20], [0, ~10], [10, ~0], never].map(read)).toEqual([5, 2, 0, 3, 0, 0]);
});

test("at least so often: unknown where the least is 0 and the most is not", () => {
  expect(read(atLeast([10], [[0]]))).toBe(2);
  expect(read(atLeast([20], [[0], [10]]))).toBeUndefined();
  expect(read(atLeast([20], [[0], [20]]))).toBe(0);
  expect(read(atLeast([10, ~0], [[0], [20]]))).toBe(0);
});

test("so often if at all: unknown where nothing tells that it ran", () => {
  expect(read(ifAny([0], [10]))).toBe(5);
  expect(read(ifAny([0], [20]))).toBeUndefined();
  expect(read(ifAny([0], never))).toBeUndefined();
  expect(read(ifAny([20], never))).toBe(0);
});

test("a counter that was emitted twice is known where either is known to have run", () => {
  expect(read(joinProbes([10], [0]))).toBe(7);
  expect(read(joinProbes(ifAny([10], never), ifAny([0], never)))).toBeUndefined();
  expect(read(joinProbes(ifAny([10], never), [0]))).toBe(7);
  expect(read(joinProbes(atLeast([20], [[0]]), [20]))).toBeUndefined();
  expect(read(joinProbes(atLeast([20], [[20]]), ifAny([20], never)))).toBe(0);
});
