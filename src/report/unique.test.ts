import fc from "fast-check";
import libCoverage from "istanbul-lib-coverage";
import { expect, test } from "vitest";
import type { UnknownReason } from "../combine/fold/script-counts.ts";
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

/** A function per entry, one a line, with a statement in each. */
function calls(hits: number[]) {
  const coverage = map({ "a.ts": hits });
  const { data } = coverage.fileCoverageFor("a.ts");
  for (const [id, loc] of Object.entries(data.statementMap)) {
    data.fnMap[id] = { name: `f${loc.start.line}`, decl: loc, loc, line: loc.start.line };
    data.f[id] = data.s[id] as number;
  }
  return coverage;
}

const none = { coverageMap: calls([0, 0, 0]), unknown: new Map() };

test("what ran at load ran for no request", () => {
  const atLoad = new Map([["a.ts", { statements: [0], functions: [0], branches: [] }]]);
  const [file] = uniqueCoverage({
    of: { coverageMap: calls([1, 1, 0]), sources: new Map(), atLoad },
    others: none,
  });
  expect(file).toMatchObject({ statements: 1, functions: [{ name: "f2", line: 2 }] });
  expect(file?.uncertain).toBeUndefined();
});

test("of what others' files do not tell it cannot be said that they did not run it", () => {
  const loc = { start: { line: 2, column: 0 }, end: { line: 2, column: 9 } };
  const unknown = (reason: UnknownReason) =>
    new Map([
      ["a.ts", { reasons: [reason], statements: [loc], functions: [{ name: "f2", loc }], branches: [] }],
    ]);
  const of = { coverageMap: calls([1, 1, 0]), sources: new Map(), atLoad: new Map() };
  const [window] = uniqueCoverage({ of, others: { ...none, unknown: unknown("window") } });
  expect(window).toMatchObject({
    functions: [{ name: "f1" }],
    uncertain: { functions: [{ name: "f2" }], lines: [{ from: 2, to: 2 }], statements: 1 },
  });
  const [told] = uniqueCoverage({ of, others: { ...none, unknown: unknown("init-or-first-call") } });
  expect(told?.functions).toHaveLength(2);
  expect(told?.uncertain).toBeUndefined();
});

test("a function that the environment's first file alone has may have run at init", () => {
  const of = { coverageMap: calls([1, 1, 0]), sources: new Map(), atLoad: new Map() };
  const [file] = uniqueCoverage({ of, others: none, beyondFirst: { ran: calls([0, 3, 0]) } });
  expect(file?.functions).toEqual([
    { name: "f1", line: 1, orAtInit: true },
    { name: "f2", line: 2 },
  ]);
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
