/** Lists of the same ranges with other counts, against each of them read and folded for itself. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Ranges, Recounted } from "../../fold/recounted.ts";
import { ScriptCounts, type SettledCounts } from "../../fold/script-counts.ts";
import { isShared, packedProblem } from "../check-ranges.ts";
import { checkSum } from "../check-sum.ts";
import { keepRanges, RangeReader } from "./split-ranges.ts";

const length = 1000;
/** Nested, side by side, twins; `[start, length, hits]` from the range before. */
const structure = fc.array(
  fc.tuple(fc.nat({ max: 2 }), fc.constantFrom(100, 100, 40, 7, 7, 1), fc.constantFrom(0, 1, 9, 12, -3)),
  { minLength: 1, maxLength: 12 },
);
/** What a snapshot makes of a count; the last ones make other ranges of it. */
const recount = fc.constantFrom(
  (hits: number) => hits,
  (hits: number) => (hits > 0 ? hits + 1 : hits),
  (hits: number) => (hits > 0 ? hits * 1000 : hits),
  (hits: number) => (hits > 0 ? 1 : hits),
);
const otherwise = fc.constantFrom(
  () => 0,
  () => 5,
  () => -2,
);
/** The counts by offset: of two neighbours with the same one it does not matter where they meet. */
function stretches({ known, blind, lateKnown, ...rest }: SettledCounts) {
  const lists = [known, blind, lateKnown].map((steps) => {
    const list: [start: number, end: number, value: number][] = [];
    steps.forEachStretch((...stretch) => list.push(stretch));
    return list;
  });
  return { lists, ...rest };
}

const snapshot = fc.record({
  recounts: fc.array(fc.oneof({ weight: 12, arbitrary: recount }, { weight: 1, arbitrary: otherwise }), {
    minLength: 1,
    maxLength: 5,
  }),
  late: fc.constantFrom(false, false, false, true),
  functionGranularity: fc.constantFrom(false, false, false, true),
});

test("the sums are those of the lists one by one, whichever share their ranges", () => {
  let shared = 0;
  const property = fc.property(
    fc.array(structure, { minLength: 1, maxLength: 2 }),
    fc.array(snapshot, { minLength: 1, maxLength: 12 }),
    fc.infiniteStream(fc.nat()),
    (structures, snapshots, random) => {
      const reader = new RangeReader();
      const [read, plain] = [new ScriptCounts(), new ScriptCounts()];
      for (const { recounts, ...how } of snapshots) {
        const triples = structures[random.next().value % structures.length] as [number, number, number][];
        const list = triples.flatMap(([start, size, hits], index) => {
          const change = recounts[index % recounts.length] as (hits: number) => number;
          return [start, size, change(hits) || 0];
        });
        const text = `{"scripts":[{"kind":"v8","ranges":${JSON.stringify(list)}}]}`;
        const file = reader.parse(Buffer.from(text)) as { scripts: { kind: string; ranges: Ranges }[] };
        const entry = file.scripts[0] as { kind: string; ranges: Ranges };
        expect(packedProblem(entry.ranges)).toBe(packedProblem(list));
        if (packedProblem(list) !== undefined) continue;
        if (entry.ranges instanceof Recounted) shared++;
        read.add(entry.ranges, how);
        plain.add(list, how);
        keepRanges(file.scripts);
        expect(Array.from(entry.ranges as ArrayLike<number>)).toEqual(list);
      }
      for (const functions of [[], [0, 0, length]]) {
        expect(stretches(read.settle(functions, length))).toEqual(stretches(plain.settle(functions, length)));
      }
    },
  );
  fc.assert(property, { numRuns: 2000 });
  expect(shared).toBeGreaterThan(300);
});

interface Parsed {
  scripts: { kind: string; ranges: Ranges }[];
}

function parseList(reader: RangeReader, list: readonly number[]): Ranges {
  const text = `{"scripts":[{"kind":"v8","ranges":${JSON.stringify(list)}}]}`;
  const file = reader.parse(Buffer.from(text)) as Parsed;
  return (file.scripts[0] as Parsed["scripts"][number]).ranges;
}

test("ranges that cross are refused whatever their counts, and whoever had them before", () => {
  const reader = new RangeReader();
  for (const hits of [5, 6, 5, 7]) {
    expect(packedProblem(parseList(reader, [0, 10, 1, 5, 10, hits]))).toMatch("crosses");
  }
});

test("stretches of a sum are refused whatever their counts, and whoever had them before", () => {
  const reader = new RangeReader();
  const nested = (hits: number) => parseList(reader, [0, 10, hits, 2, 5, 1]);
  const negative = (hits: number) => parseList(reader, [0, 10, hits, 20, 5, -9]);
  for (const hits of [5, 6]) {
    expect(() => checkSum(sumOf(nested(hits)))).toThrow("stretches overlap");
    expect(() => checkSum(sumOf(negative(hits)))).toThrow("no hits");
  }
});

function sumOf(ranges: Ranges): Record<string, unknown> {
  const outcomes = { ok: 0, error: 0, timeout: 0, crash: 0 };
  const script = { kind: "v8", path: "/a.js", script: null, lastSeenMs: 0, snapshots: 1, ranges };
  const entry = { name: "f", versions: [], runtimes: [], files: 1, invocations: { count: 0, outcomes } };
  return { sum: 1, files: 1, environments: [], functions: [{ ...entry, scripts: [script] }] };
}

test("what waits is copied, and not kept as a list that files share", () => {
  const reader = new RangeReader();
  const known = parseList(reader, [0, 10, 5]) as Int32Array;
  const waiting = { kind: "v8", ranges: parseList(reader, [0, 10, 6]) };
  keepRanges([waiting]);
  parseList(reader, [0, 10, 7]);
  expect(Array.from(waiting.ranges as Int32Array)).toEqual([0, 10, 6]);
  expect([isShared(known), isShared(waiting.ranges as Int32Array)]).toEqual([true, false]);
});
