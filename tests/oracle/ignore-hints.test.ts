/**
 * Comments of others than Istanbul leave out what Istanbul's would; what Istanbul does not know, `start` and `stop`, is
 * held against ast-v8-to-istanbul, which vitest uses.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { parse } from "acorn";
import { convert } from "ast-v8-to-istanbul";
import type { FileCoverageData } from "istanbul-lib-coverage";
import { expect, test } from "vitest";
import { probe } from "../../src/prober/probe.ts";
import { plannedCoverage } from "./planned-coverage.ts";

const words = ["c8", "v8", "node:coverage"];

function reported(source: string): FileCoverageData {
  const { plan } = probe(source, { kind: "commonjs", counters: { slice: 0, by: "function" } });
  return plannedCoverage(plan, new Uint32Array(plan.probes), { source, path: "/file.cjs" });
}

/** By lines, which the words' lengths do not change. */
function linesOf({ statementMap, fnMap, branchMap }: FileCoverageData): Record<string, number[]> {
  const lines = (spans: { start: { line: number } }[]) =>
    spans.map(({ start }) => start.line).sort((a, b) => a - b);
  return {
    statements: lines(Object.values(statementMap)),
    functions: lines(Object.values(fnMap).map(({ decl }) => decl)),
    branches: lines(Object.values(branchMap).map(({ loc }) => loc)),
  };
}

test.each(words)("%s: what `istanbul ignore` leaves out, too", async (word) => {
  const fixture = path.join(import.meta.dirname, "fixtures/probed/ignored.cjs");
  const source = await readFile(fixture, "utf8");
  const ofWord = source.replaceAll(/(?<=\/[/*]\s*)istanbul(?= ignore)/g, word);
  expect(ofWord).toContain(`${word} ignore if`);
  expect(linesOf(reported(ofWord))).toEqual(linesOf(reported(source)));
  expect(linesOf(reported(ofWord.replaceAll("ignore", "ignored")))).not.toEqual(linesOf(reported(source)));
});

const betweenLines = (word: string) => `const a = () => 1;
/* ${word} ignore start: generated */
function left(b) {
  if (b) return a();
  return b || a();
}
/* ${word} ignore stop */
function kept(b) {
  // ${word} ignore start
  if (b) a();
  // ${word} ignore stop
  return b ? a() : 2;
}
/* ${word} ignore stop */
kept(1);
/* ${word} ignore start */
left(1);
kept(2);
`;

test.each(["istanbul", ...words])("%s ignore start and stop, as ast-v8-to-istanbul", async (word) => {
  const code = betweenLines(word);
  const url = "file:///file.cjs";
  const everything = [{ startOffset: 0, endOffset: code.length, count: 1 }];
  const functions = [{ functionName: "", isBlockCoverage: true, ranges: everything }];
  const wanted = await convert({
    code,
    ast: parse(code, { ecmaVersion: "latest", locations: true }) as never,
    coverage: { url, functions },
  });
  const [file] = Object.values(wanted);
  expect(linesOf(reported(code))).toEqual(linesOf(file as unknown as FileCoverageData));
});
