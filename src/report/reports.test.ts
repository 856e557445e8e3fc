/** Every format over the same sample, hostile names and sources included. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import libCoverage from "istanbul-lib-coverage";
import libReport from "istanbul-lib-report";
import reports from "istanbul-reports";
import { afterAll, beforeAll, expect, test } from "vitest";
import { formatNames } from "./format-names.ts";
import { reportInput } from "./from-combine.ts";
import { pageName } from "./html/file-names.ts";
import { istanbulJson } from "./istanbul-json.ts";
import { renderLcov } from "./lcov.ts";
import { renderMarkdown } from "./markdown.ts";
import { sampleFiles, sampleResult } from "./sample.fixture.ts";
import { renderText } from "./text-table.ts";
import { missedThresholds, parseThresholds } from "./thresholds.ts";
import { visibleText } from "./visible-text.ts";
import { writeReports } from "./write-reports.ts";

const result = sampleResult({
  filesSkipped: 1200,
  skipped: [{ key: "coverage/\u001b[2Jx|y.coverage", reason: "corrupt", detail: "cut off" }],
  environments: {
    count: 5,
    withLosses: 1,
    losses: [
      {
        environmentId: "e1",
        functionName: "orders",
        missingSequences: [3, 4, 7],
        lostRecords: [{ sequence: 9, reason: "killed" }],
      },
    ],
  },
});
const input = reportInput(result, {
  location: "s3://bucket/coverage/",
  generatedAt: new Date("2026-11-20T10:00:00Z"),
  version: "1.2.3",
});

let root: string;
const out = () => path.join(root, "inside", "report");
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), "lc-reports-"));
  await writeReports(input, { directory: out(), formats: formatNames });
});
afterAll(() => rm(root, { recursive: true, force: true }));

const read = (file: string) => readFile(path.join(out(), file), "utf8");

test("hostile names lead no file out of the folder: one page per file, all in files/", async () => {
  const files = (await readdir(root, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  const relative = files.map((entry) => path.relative(out(), path.join(entry.parentPath, entry.name))).sort();
  expect(relative).toEqual(
    [
      ...["cobertura.xml", "coverage-final.json", "coverage-summary.json", "coverage.json", "coverage.md"],
      ...["coverage.txt", "index.html", "lcov.info", "report.css", "report.js"],
      ...sampleFiles.map((file) => `files/${pageName(visibleText(file.path))}`),
    ].sort(),
  );
});

test("page names are distinct, short and safe for any path", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string({ unit: "grapheme", maxLength: 300 }), { maxLength: 20 }),
      (paths) => {
        const names = paths.map(pageName);
        expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(paths.length);
        for (const name of names) expect(name).toMatch(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,120}\.html$/);
      },
    ),
  );
});

test("lcov and Istanbul JSON have one record per file and none that a name forged", async () => {
  const lcov = await read("lcov.info");
  expect(lcov.match(/^SF:/gm)).toHaveLength(sampleFiles.length);
  expect(lcov.match(/^end_of_record$/gm)).toHaveLength(sampleFiles.length);
  expect(lcov).not.toContain("\u001b");
  const json = JSON.parse(await read("coverage-final.json")) as object;
  expect(Object.keys(json).sort()).toEqual(sampleFiles.map((file) => visibleText(file.path)).sort());
  const files = JSON.parse(await read("coverage.json")).files as object;
  expect(Object.keys(files)).toContain("__proto__");
});

test("lcov and Istanbul JSON have, to the byte, the records that istanbul-reports writes", async () => {
  // It resolves `..` in names; ours are what the other formats show.
  const files = input.coverageMap.files().filter((file) => path.normalize(file) === file);
  const coverageMap = libCoverage.createCoverageMap({});
  for (const file of files) coverageMap.addFileCoverage(input.coverageMap.fileCoverageFor(file));
  const dir = path.join(root, "theirs");
  const context = libReport.createContext({ dir, coverageMap });
  for (const name of ["json", "lcovonly"] as const) {
    reports.create(name, { projectRoot: "." } as never).execute(context);
  }
  const theirs = (name: string) => readFile(path.join(dir, name), "utf8");
  const records = (lcov: string) => lcov.split("TN:").sort();
  expect(records([...renderLcov(coverageMap)].join(""))).toEqual(records(await theirs("lcov.info")));
  const lines = (json: string) =>
    json
      .replace(/^[{,]|\}$/gm, "")
      .split("\n")
      .sort();
  const json = [...istanbulJson(coverageMap)].join("");
  expect(JSON.parse(json)).toEqual(JSON.parse(await theirs("coverage-final.json")));
  expect(lines(json)).toEqual(lines(await theirs("coverage-final.json")));
});

test("every report for people says what was skipped and lost, and which functions never ran", async () => {
  for (const file of ["coverage.txt", "coverage.md", "index.html"]) {
    const text = (await read(file)).replaceAll("&#95;", "_");
    expect(text).toContain("1,200 coverage files were skipped");
    expect(text).toContain("1 of 5 execution environments lost coverage");
    expect(text).toContain("file 9 lost (killed), file 3-4, 7 never arrived");
    expect(text).toContain("neverCalled");
    expect(text).toContain("src/orders/price.js:19");
    expect(text).not.toContain("\u001b");
  }
});

test("the table keeps to the terminal's width and tells nothing by colour alone", () => {
  fc.assert(
    fc.property(fc.integer({ min: 44, max: 220 }), (width) => {
      const table = renderText(input.model, { colour: false, width }).split("\n\n")[0] as string;
      const lines = table.split("\n");
      expect(lines).toHaveLength(sampleFiles.length + 2);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
      expect(lines.at(-1)).toMatch(/^All files +72\.7/);
    }),
  );
});

test("markdown rows keep their cells and let no html or link in", () => {
  const rows = renderMarkdown(input.model)
    .split("\n")
    .filter((line) => line.startsWith("|") && line.includes("<code>"));
  expect(rows).toHaveLength(sampleFiles.length);
  for (const row of rows) expect(row.split("|")).toHaveLength(8);
  expect(renderMarkdown(input.model)).not.toMatch(/<(?!\/?(code|details|summary)>)|https?:\/\//);
});

test("161 of 1,000 are 16.1 %", () => {
  const figure = { covered: 161, total: 1000 };
  const totals = { statements: figure, branches: figure, functions: figure, lines: figure };
  expect(missedThresholds(totals, parseThresholds("statements=16.1"))).toEqual([]);
});

test("a threshold is missed exactly where the share is below it, and says how many more are needed", () => {
  const figure = fc
    .nat(5000)
    .chain((total) => fc.record({ total: fc.constant(total), covered: fc.nat(total) }));
  fc.assert(
    fc.property(figure, fc.nat(1000), (share, tenths) => {
      const none = { total: 0, covered: 0 };
      const totals = { statements: share, branches: none, functions: none, lines: none };
      const [miss] = missedThresholds(totals, parseThresholds(`statements=${tenths / 10}`));
      const isBelow = BigInt(share.covered) * 1000n < BigInt(tenths) * BigInt(share.total);
      expect(miss !== undefined).toBe(isBelow);
      if (miss === undefined) return;
      const needed = BigInt(share.covered + miss.missing) * 1000n;
      expect(needed >= BigInt(tenths) * BigInt(share.total)).toBe(true);
      expect(needed - 1000n < BigInt(tenths) * BigInt(share.total)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test.each([
  ["statements=80,branches=70", { statements: 80, branches: 70 }],
  [" lines = 99.5 , function=1 ", { lines: 99.5, functions: 1 }],
  ["75", { statements: 75 }],
  ["branches=70%", { branches: 70 }],
])("--fail-under %j", (text, thresholds) => {
  expect(parseThresholds(text)).toEqual(thresholds);
});

test.each([
  "",
  "statements",
  "statements=",
  "statements=x",
  "branches=-1",
  "lines=100.1",
  "statments=3",
  "a=b=c",
])("--fail-under %j is refused", (text) => {
  expect(() => parseThresholds(text)).toThrow(RangeError);
});
