import { readFileSync } from "node:fs";
import fc from "fast-check";
import libCoverage from "istanbul-lib-coverage";
import { expect, test } from "vitest";
import type { CoverageFileJson } from "../coverage-py-json.ts";
import { viewFile } from "../file-view.ts";
import { priceSource, sampleResult } from "../sample.fixture.ts";
import { markLines } from "./marked-lines.ts";

const goldFile = (name: string) =>
  readFileSync(new URL(`../gold/coverage-py/${name}`, import.meta.url), "utf8");

test("Python: lines and jumps are those that coverage.py reports", () => {
  const gold = JSON.parse(goldFile("branch.json")).files["orders.py"] as Required<CoverageFileJson>;
  const coverage = libCoverage.createFileCoverage("orders.py");
  for (const [index, line] of [...gold.executed_lines, ...gold.missing_lines].entries()) {
    coverage.data.statementMap[index] = { start: { line, column: 0 }, end: { line, column: 99 } };
    coverage.data.s[index] = gold.executed_lines.includes(line) ? 1 : 0;
  }
  const loc = { start: { line: 6, column: 0 }, end: { line: 6, column: 1 } };
  coverage.data.branchMap[0] = { loc, type: "if", locations: [loc], line: 6 };
  coverage.data.b[0] = [0];
  const python = {
    executedLines: gold.executed_lines,
    missingLines: gold.missing_lines,
    excludedLines: gold.excluded_lines,
    executedBranches: gold.executed_branches,
    missingBranches: gold.missing_branches,
  };
  const file = viewFile(coverage, { python });
  const lines = markLines(goldFile("orders.py"), file, []);
  const numbers = (state: string) => lines.filter((line) => line.state === state).map((line) => line.number);
  expect(numbers("miss")).toEqual(gold.missing_lines);
  const partial = gold.missing_branches.filter(([from]) => gold.executed_lines.includes(from));
  expect(lines.flatMap(({ number, hints }) => hints.map((hint) => [number, hint]))).toEqual(
    partial.map(([from, to]) => [from, `never went on to line ${to}`]),
  );
  expect(lines.every((line) => !line.countsHits)).toBe(true);
});

test("whatever the ranges are, the pieces of all lines are the source", () => {
  const place = fc.record({ line: fc.integer({ min: 1, max: 32 }), column: fc.nat(60) });
  const range = fc.record({ start: place, end: place });
  const original = sampleResult().coverageMap.fileCoverageFor("src/orders/price.js").data;
  fc.assert(
    fc.property(fc.array(fc.tuple(range, fc.nat(1)), { maxLength: 12 }), fc.boolean(), (ranges, crlf) => {
      const source = crlf ? priceSource.replaceAll("\n", "\r\n") : priceSource;
      const coverage = libCoverage.createFileCoverage({ ...original, statementMap: {}, s: {} });
      for (const [index, [loc, hits]] of ranges.entries()) {
        coverage.data.statementMap[index] = loc;
        coverage.data.s[index] = hits;
      }
      const lines = markLines(source, viewFile(coverage), []);
      expect(lines.map((line) => line.pieces.map((piece) => piece.text).join(""))).toEqual(
        priceSource.trimEnd().split("\n"),
      );
    }),
  );
});
