/** Versions of a source, functions that share one, code that is unknown, code that was never loaded. */
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { type CombineOptions, combine, combineToSum } from "../../src/combine/index.ts";
import type { CoverageFile } from "../../src/contract/coverage-file.ts";
import { formatCoverageKey, formatExecutionId, formatScriptKey } from "../../src/contract/object-keys.ts";
import { type PackedRanges, packRanges, type V8Function } from "../../src/contract/ranges.ts";
import { type DeployedScript, deployedScript, scriptObject } from "./collected.ts";
import { MemoryStore } from "./memory-store.ts";

interface Snapshot {
  script: DeployedScript;
  functions: V8Function[];
  name?: string;
  at?: number;
  file?: Partial<CoverageFile>;
}

function bucket(snapshots: Snapshot[]): MemoryStore {
  const store = new MemoryStore();
  for (const [index, { script, functions, name = "app", at = 0, file = {} }] of snapshots.entries()) {
    const date = new Date(Date.UTC(2026, 10, 20, 8, at));
    const requestId = `request-${index}`;
    const scriptKey = formatScriptKey(script.sha256);
    store.objects.set(scriptKey, scriptObject(script));
    const body: CoverageFile = {
      format: "lambda-coverage/1",
      function: { name, version: "1", region: "eu-west-1", runtime: "nodejs24.x" },
      environment: { id: `environment-${index}`, sequence: 0 },
      invocations: [{ requestId, startedAt: date.toISOString(), durationMs: 1, outcome: "ok" }],
      granularity: "block",
      collectedFrom: "start",
      scripts: [{ kind: "v8", path: script.path, script: scriptKey, ranges: packRanges(functions) }],
      ...file,
    };
    const key = formatCoverageKey({
      prefix: "coverage/",
      functionName: name,
      executionId: formatExecutionId(date, requestId),
      date,
    });
    store.objects.set(key, gzipSync(JSON.stringify(body)));
  }
  return store;
}

/** V8's report by the texts that its ranges hold: `[text, count, isBlockCoverage]`. */
function ran(source: string, ...ranges: [text: string, count: number, isBlock?: boolean][]): V8Function[] {
  return ranges.map(([text, count, isBlockCoverage = true]) => {
    const startOffset = text === "" ? 0 : source.indexOf(text);
    const endOffset = text === "" ? source.length : startOffset + text.length;
    expect(startOffset).toBeGreaterThanOrEqual(0);
    return { functionName: "", ranges: [{ startOffset, endOffset, count }], isBlockCoverage };
  });
}

const lines = async (store: MemoryStore, options: Partial<CombineOptions> = {}) => {
  const result = await combine({ store, prefix: "coverage/", ...options });
  const found = result.coverageMap
    .files()
    .map((file) => [file, result.coverageMap.fileCoverageFor(file).getLineCoverage()]);
  return { result, lines: Object.fromEntries(found) };
};

const first = deployedScript("index.js", "exports.a = () => {\n  return 1;\n};\n");
const second = deployedScript("index.js", "// one more line\nexports.a = () => {\n  return 1;\n};\n");
const body = "() => {\n  return 1;\n}";

test("two files of the same text are two files, also through a partial sum", async () => {
  const text = "exports.size = (n) => (n > 1 ? big() : 1);\n";
  const twin = deployedScript("src/a.js", text);
  const without = (arm: string): PackedRanges => {
    const [module, size] = ran(text, ["", 1], ["(n) => (n > 1 ? big() : 1)", 1]) as [V8Function, V8Function];
    const [{ ranges }] = ran(text, [arm, 0]) as [V8Function];
    return packRanges([module, { ...size, ranges: [...size.ranges, ...ranges] }]);
  };
  const script = formatScriptKey(twin.sha256);
  const scripts: CoverageFile["scripts"] = [
    { kind: "v8", path: "src/a.js", script, ranges: without("? big()") },
    { kind: "v8", path: "lib/b.js", script, ranges: without(": 1") },
  ];
  const store = bucket([{ script: twin, functions: [], file: { scripts } }]);
  const arms = async (options: Partial<CombineOptions> = {}) => {
    const { result } = await lines(store, options);
    const { coverageMap } = result;
    return coverageMap.files().map((file) => [file, coverageMap.fileCoverageFor(file).b["0"]]);
  };
  const apart = [
    ["lib/b.js", [1, 0]],
    ["src/a.js", [0, 1]],
  ];
  expect((await arms()).sort()).toEqual(apart);
  const { sum } = await combineToSum({ store, prefix: "coverage/" });
  store.objects.set("sums/a.coverage", sum);
  expect((await arms({ sums: ["sums/a.coverage"], keys: [] })).sort()).toEqual(apart);
});

test("two versions of a file are never mixed line by line: the newest has the path", async () => {
  const store = bucket([
    { script: second, functions: ran(second.source, ["", 1], [body, 5]), at: 2 },
    { script: first, functions: ran(first.source, ["", 1], [body, 0]), at: 1 },
  ]);
  const { result, lines: found } = await lines(store);
  const [older] = [...result.files.values()].filter(({ newest }) => !newest);
  const olderName = `index.js@${older?.sourceSha256?.slice(0, 8)}`;
  expect(found).toEqual({ "index.js": { 2: 1, 3: 5 }, [olderName]: { 1: 1, 2: 0 } });
  expect(result.sources.get(olderName)).toBe(first.source);
});

test("functions that share a source add up, and each has its own map", async () => {
  const store = bucket([
    { script: first, functions: ran(first.source, ["", 1], [body, 2]), name: "orders" },
    {
      script: { ...first, path: "index.js" },
      functions: ran(first.source, ["", 1], [body, 0]),
      name: "stock",
    },
  ]);
  const { result, lines: found } = await lines(store, { by: "function" });
  expect(found).toEqual({ "index.js": { 1: 2, 2: 2 } });
  expect(result.files.get("index.js")?.functions).toEqual(["orders", "stock"]);
  const own = [...result.functions].map(([name, { coverageMap }]) => [
    name,
    coverageMap?.fileCoverageFor("index.js").getLineCoverage(),
  ]);
  expect(own).toEqual([
    ["orders", { 1: 1, 2: 2 }],
    ["stock", { 1: 1, 2: 0 }],
  ]);
});

const choices = deployedScript(
  "index.js",
  "exports.a = (x) => {\n  before();\n  if (x) {\n    inside();\n  }\n  after();\n  if (x) return 1;\n  last();\n};\nfunction idle() {\n  idles();\n}\n",
);
const choosing = choices.source.slice(12, choices.source.indexOf(";\nfunction"));
const idle = choices.source.slice(choices.source.indexOf("function idle"), -1);

test("function granularity: functions are exact, straight-line statements too, the rest is unknown", async () => {
  const functions = ran(choices.source, ["", 1, false], [choosing, 3, false], [idle, 0, false]);
  const snapshot = { script: choices, functions, file: { granularity: "function" as const } };
  const { result, lines: found } = await lines(bucket([snapshot]));
  // Once a snapshot. What follows the first `if` has a counter of its own, since a call in it may throw.
  expect(found["index.js"]).toEqual({ 1: 1, 2: 1, 3: 1, 11: 0 });
  const coverage = result.coverageMap.fileCoverageFor("index.js");
  expect(Object.values(coverage.f)).toEqual([1, 0]);
  expect(coverage.b).toEqual({});
  const unknown = result.unknown.get("index.js");
  expect(unknown?.reasons).toEqual(["function-granularity"]);
  expect(unknown?.statements.map(({ start }) => start.line).sort()).toEqual([4, 6, 7, 7, 8]);
  expect(unknown?.branches.map(({ loc }) => loc.start.line)).toEqual([3, 7]);
});

test("collected late: what has no block counters and was not seen is unknown, not 0", async () => {
  const functions = ran(choices.source, [choosing, 2, true], [idle, 0, false]);
  const { result, lines: found } = await lines(
    bucket([{ script: choices, functions, file: { collectedFrom: "late" } }]),
  );
  expect(found["index.js"]).toEqual({ 2: 2, 3: 2, 4: 2, 6: 2, 7: 2, 8: 2 });
  expect(result.unknown.get("index.js")?.functions.map(({ name }) => name)).toEqual(["idle"]);
  // Another environment that collected from the start knows the top level, and that it did not run idle.
  const both = bucket([
    { script: choices, functions, file: { collectedFrom: "late" } },
    { script: choices, functions: ran(choices.source, ["", 1], [choosing, 1], [idle, 1]) },
  ]);
  const joined = await lines(both);
  expect(joined.lines["index.js"]).toMatchObject({ 1: 1, 2: 3, 11: 1 });
  expect(joined.result.unknown.size).toBe(0);
});

test("all: files that no environment loaded count as 0, in TypeScript too; patterns hold", async () => {
  const store = bucket([{ script: first, functions: ran(first.source, ["", 1], [body, 1]) }]);
  const all = [
    { path: "index.js", source: "ignored();" },
    { path: "src/dead.ts", source: "export function dead(x: number): number {\n  return x! as number;\n}\n" },
    { path: "src/types.d.ts", source: "export interface A { b: string }\n" },
    { path: "node_modules/x/index.js", source: "x();" },
    { path: "src/broken.ts", source: "export const = ;" },
  ];
  const { result, lines: found } = await lines(store, { all });
  expect(found).toEqual({ "index.js": { 1: 1, 2: 1 }, "src/dead.ts": { 2: 0 } });
  expect(result.neverLoaded).toEqual(["src/dead.ts"]);
});

test("no files, and no code that can be mapped, are errors", async () => {
  const empty = new MemoryStore();
  await expect(combine({ store: empty, prefix: "coverage/" })).rejects.toMatchObject({
    code: "NoCoverageFiles",
  });
  const store = bucket([{ script: first, functions: ran(first.source, ["", 1]) }]);
  await expect(combine({ store, prefix: "coverage/", exclude: ["**"] })).rejects.toMatchObject({
    code: "NoMappedCode",
  });
  store.objects.delete(formatScriptKey(first.sha256));
  const gone = combine({ store, prefix: "coverage/" });
  await expect(gone).rejects.toThrow(/1 script cannot be mapped, the first index\.js/);
});
