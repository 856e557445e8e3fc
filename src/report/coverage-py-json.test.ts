import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { PythonFileCoverage } from "../combine/result.ts";
import {
  type CoverageFileJson,
  type CoverageJson,
  coverageJson,
  displayPercent,
} from "./coverage-py-json.ts";
import { reportModel } from "./from-combine.ts";
import { emptyResult, filesWithoutCounters, priceSource, sampleResult } from "./sample.fixture.ts";

type Gold = Omit<CoverageJson, "meta">;

function gold(name: string): Gold {
  return JSON.parse(readFileSync(new URL(`gold/coverage-py/${name}.json`, import.meta.url), "utf8"));
}

const options = { location: "s3://bucket/coverage/", generatedAt: new Date("2026-11-20T10:00:00Z") };

function combined(result = sampleResult(), branches = true): CoverageJson {
  const json = coverageJson(reportModel(result, { ...options, branches }), result, "1.2.3");
  return JSON.parse(JSON.stringify(json));
}

/** Every key of `value` with its type, nested; arrays by the type of what they hold. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return ["array of", ...new Set(value.map((item) => JSON.stringify(shape(item))))];
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shape(item)]));
}

describe.each([
  ["branch", true],
  ["no-branch", false],
])("against what coverage.py wrote (%s.json)", (name, branches) => {
  const theirs = gold(name);
  const theirFile = { ...(theirs.files["orders.py"] as object) } as CoverageFileJson &
    Record<string, unknown>;
  delete theirFile.functions;
  delete theirFile.classes;

  test("files and totals have the same keys and types", () => {
    const ours = combined(sampleResult(), branches);
    // coverage.py has an excluded line there, JavaScript has none: the type is the same.
    const filled = { ...(ours.files["src/orders/price.js"] as CoverageFileJson), excluded_lines: [1] };
    expect(shape(filled)).toEqual(shape(theirFile));
    expect(shape(ours.totals)).toEqual(shape(theirs.totals));
  });

  test("Python files come out figure by figure as coverage.py counts them", () => {
    const python = new Map(Object.entries(theirs.files).map(([path, file]) => [path, pythonCoverage(file)]));
    const result = { ...emptyResult(), ...filesWithoutCounters([...python.keys()]), python };
    const ours = combined(result, branches);
    for (const [path, file] of Object.entries(theirs.files)) expect(ours.files[path]).toEqual(plain(file));
    expect(ours.totals).toEqual(theirs.totals);
  });
});

function pythonCoverage(file: CoverageFileJson): PythonFileCoverage {
  return {
    executedLines: file.executed_lines,
    missingLines: file.missing_lines,
    excludedLines: file.excluded_lines,
    executedBranches: file.executed_branches ?? [],
    missingBranches: file.missing_branches ?? [],
  };
}

function plain(file: CoverageFileJson): unknown {
  const { functions, classes, ...rest } = file as CoverageFileJson & Record<string, unknown>;
  return rest;
}

test("the spec's jq lines find what they read", () => {
  const summary = z.object({
    covered_lines: z.number().int(),
    num_statements: z.number().int(),
    percent_covered_display: z.string(),
  });
  const report = z.object({ files: z.record(z.string(), z.object({ summary })), totals: summary });
  expect(report.parse(combined()).files["src/orders/price.js"]?.summary.num_statements).toBe(13);
});

test("covered and missing make all, in every file and in the totals; totals are sums", () => {
  const line = fc.record({ hits: fc.nat(2) });
  const python = fc.dictionary(
    fc.stringMatching(/^[a-z]{1,6}\.py$/),
    fc.record({ lines: fc.array(line, { maxLength: 20 }), arms: fc.array(fc.boolean(), { maxLength: 8 }) }),
    { maxKeys: 6 },
  );
  fc.assert(
    fc.property(python, fc.boolean(), (files, branches) => {
      const coverage = Object.entries(files).map(([path, { lines, arms }]) => {
        const numbers = (executed: boolean) =>
          lines.flatMap(({ hits }, index) => (hits > 0 === executed ? [index + 1] : []));
        const pairs = (taken: boolean) =>
          arms.flatMap((arm, index) => (arm === taken ? [[index + 1, index + 2] as [number, number]] : []));
        const figures: PythonFileCoverage = {
          executedLines: numbers(true),
          missingLines: numbers(false),
          excludedLines: [],
          executedBranches: pairs(true),
          missingBranches: pairs(false),
        };
        return [path, figures] as const;
      });
      const result = {
        ...emptyResult(),
        ...filesWithoutCounters(coverage.map(([path]) => path)),
        python: new Map<string, PythonFileCoverage>(coverage),
      };
      checkInvariants(combined(result, branches), branches);
    }),
    { numRuns: 100 },
  );
  checkInvariants(combined(), true);
});

function checkInvariants(json: CoverageJson, branches: boolean): void {
  const files = Object.values(json.files);
  for (const { summary, executed_lines, missing_lines, executed_branches, missing_branches } of files) {
    expect(summary.covered_lines + summary.missing_lines).toBe(summary.num_statements);
    expect([executed_lines.length, missing_lines.length]).toEqual([
      summary.covered_lines,
      summary.missing_lines,
    ]);
    expect(executed_lines.filter((line) => missing_lines.includes(line))).toEqual([]);
    expect(executed_branches?.length).toBe(branches ? summary.covered_branches : undefined);
    expect(missing_branches?.length).toBe(branches ? summary.missing_branches : undefined);
    if (!branches) continue;
    expect((summary.covered_branches ?? 0) + (summary.missing_branches ?? 0)).toBe(summary.num_branches);
  }
  const counted = ["covered_lines", "num_statements", "missing_lines", "excluded_lines"] as const;
  const arms = ["num_branches", "num_partial_branches", "covered_branches", "missing_branches"] as const;
  for (const name of branches ? [...counted, ...arms] : counted) {
    expect(json.totals[name]).toBe(files.reduce((sum, file) => sum + (file.summary[name] ?? 0), 0));
  }
}

test("a percentage is 0 or 100 only where it is exact, and ties go to the even number, as in Python", () => {
  // From coverage.py: Numbers(precision=0).pc_covered_str for these shares.
  const cases = { 0: "0", 0.4: "1", 12.5: "12", 13.5: "14", 92.85: "93", 99.4: "99", 99.9: "99", 100: "100" };
  for (const [percent, display] of Object.entries(cases))
    expect(displayPercent(Number(percent))).toBe(display);
});

test("lines that ran at load only are named, and stay executed; one of which more ran is none of them", () => {
  const result = sampleResult();
  const { statementMap, s } = result.coverageMap.fileCoverageFor("src/orders/price.js").data;
  const ranOn = (line: number) =>
    Object.keys(statementMap).filter((id) => statementMap[id]?.start.line === line && (s[id] as number) > 0);
  const rates = 2;
  // An arrow function on one line: the declaration, and what is in it.
  const label = priceSource.split("\n").findIndex((line) => line.startsWith("export const label")) + 1;
  expect(ranOn(label)).toHaveLength(2);
  const statements = [...ranOn(rates), ...ranOn(label).slice(0, 1)].map(Number);
  const atLoad = new Map([["src/orders/price.js", { statements, functions: [], branches: [] }]]);
  const file = combined({ ...result, atLoad }).files["src/orders/price.js"];
  expect(file?.at_load_lines).toEqual([rates]);
  expect(file?.executed_lines).toEqual(expect.arrayContaining([rates, label]));
});

test("unknown lines are named and in no other list", () => {
  const at = (line: number) => ({ start: { line, column: 0 }, end: { line, column: 9 } });
  const result = sampleResult({
    unknown: new Map([
      [
        "src/orders/price.js",
        { reasons: ["late"], statements: [at(2), at(27)], functions: [], branches: [] },
      ],
    ]),
  });
  const file = combined(result).files["src/orders/price.js"];
  expect(file?.unknown_lines).toEqual([27]);
  expect(file?.executed_lines).toContain(2);
});
