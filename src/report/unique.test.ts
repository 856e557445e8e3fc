import fc from "fast-check";
import libCoverage from "istanbul-lib-coverage";
import { expect, test } from "vitest";
import { uniqueCoverage } from "./unique.ts";

/** One statement a line; ids begin anywhere, as those of another combine run may. */
function map(hits: Record<string, number[]>, firstId = 0) {
  const data = Object.fromEntries(
    Object.entries(hits).map(([path, counts]) => {
      const at = (line: number) => ({ start: { line, column: 0 }, end: { line, column: 9 } });
      const statementMap = Object.fromEntries(counts.map((_, i) => [firstId + i, at(i + 1)]));
      const s = Object.fromEntries(counts.map((count, i) => [firstId + i, count]));
      return [path, { path, statementMap, s, fnMap: {}, f: {}, branchMap: {}, b: {} }];
    }),
  );
  return libCoverage.createCoverageMap(data);
}

const lines = (of: Record<string, number[]>, others: Record<string, number[]> | undefined, firstId = 0) =>
  Object.fromEntries(
    uniqueCoverage({
      of: { coverageMap: map(of), sources: new Map(), atLoad: new Map() },
      others: others && { coverageMap: map(others, firstId), unknown: new Map() },
    }).map((file) => [
      file.path,
      file.lines.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i)),
    ]),
  );

test("Python's hits are 1 however often a line ran: what others ran too is not unique", () => {
  expect(lines({ "a.py": [1, 1, 0, 1] }, { "a.py": [1, 0, 1, 0] })).toEqual({ "a.py": [2, 4] });
});

test("without others all that ran is unique, a file that others have not is too", () => {
  expect(lines({ "a.ts": [3, 0] }, undefined)).toEqual({ "a.ts": [1] });
  expect(lines({ "a.ts": [3, 0], "b.ts": [1] }, { "a.ts": [2, 2] })).toEqual({ "b.ts": [1] });
});

test("a line is unique if and only if it ran here and in no other, whatever the ids", () => {
  const pair = fc.array(fc.tuple(fc.nat(2), fc.nat(2)), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(pair, fc.nat(50), (counts, firstId) => {
      const here = counts.map(([hits]) => hits);
      const elsewhere = counts.map(([, hits]) => hits);
      const wanted = counts.flatMap(([own, other], i) => (own > 0 && other === 0 ? [i + 1] : []));
      const found = lines({ "a.ts": here }, { "a.ts": elsewhere }, firstId);
      expect(found["a.ts"] ?? []).toEqual(wanted);
    }),
  );
});
