import libCoverage from "istanbul-lib-coverage";
import { expect, test } from "vitest";
import { onlyRanHere } from "./only-ran-here.ts";

function map(hits: Record<string, number[]>) {
  const data = Object.fromEntries(
    Object.entries(hits).map(([path, counts]) => {
      const at = (line: number) => ({ start: { line, column: 0 }, end: { line, column: 9 } });
      const statementMap = Object.fromEntries(counts.map((_, i) => [i, at(i + 10)]));
      const s = Object.fromEntries(counts.map((count, i) => [i, count]));
      return [path, { path, statementMap, s, fnMap: {}, f: {}, branchMap: {}, b: {} }];
    }),
  );
  return libCoverage.createCoverageMap(data);
}

test("only statements with all their hits in the one request count, never those nobody ran", () => {
  const all = map({ "a.ts": [3, 1, 0, 2], "b.ts": [5] });
  const one = map({ "a.ts": [1, 1, 0, 2], "b.ts": [1] });
  expect(onlyRanHere(all, one)).toEqual([{ path: "a.ts", lines: [11, 13] }]);
});
