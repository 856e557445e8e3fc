/** What is small and made to cost its reader much is skipped by name; what is deep and honest is mapped. */
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { type CombineResult, combine } from "../../src/combine/index.ts";
import { formatScriptKey } from "../../src/contract/object-keys.ts";
import { deployedScript, scriptObject } from "./collected.ts";
import { MemoryStore } from "./memory-store.ts";

const honest = deployedScript("honest.js", "function f() {\n  return 1;\n}\nf();\n");

function coverageOf(scripts: object[], id = "e"): Uint8Array {
  return gzipSync(
    JSON.stringify({
      format: "lambda-coverage/1",
      function: { name: "orders", version: "1", region: "eu-west-1", runtime: "nodejs24.x" },
      environment: { id, sequence: 0 },
      invocations: [],
      granularity: "block",
      collectedFrom: "start",
      scripts,
    }),
  );
}

const entry = (
  script: { source: string; sha256: string; path: string },
  ranges = [0, script.source.length, 1],
) => ({
  kind: "v8",
  path: script.path,
  script: formatScriptKey(script.sha256),
  ranges,
});

/** Beside a true file, of which nothing may be lost. */
async function combined(...more: [string, Uint8Array][]): Promise<CombineResult> {
  const store = new MemoryStore([
    [formatScriptKey(honest.sha256), scriptObject(honest)],
    ["coverage/2026/11/29/honest.coverage", coverageOf([entry(honest)], "honest")],
    ...more,
  ]);
  const result = await combine({ store, prefix: "coverage/" });
  expect(result.coverageMap.fileCoverageFor("honest.js").toSummary().statements.covered).toBe(2);
  return result;
}

function withScript(source: string, ranges?: number[]): [string, Uint8Array][] {
  const script = deployedScript("other.js", source);
  return [
    [formatScriptKey(script.sha256), scriptObject(script)],
    ["coverage/2026/11/29/other.coverage", coverageOf([entry(script, ranges)])],
  ];
}

test.each([
  [
    "a sum of 6,500 terms",
    `const text = ${Array.from({ length: 6500 }, (_, i) => `"a${i}"`).join(" + ")};\nf();`,
    2,
  ],
  [
    "4,000 times else if",
    `function f(x) {\n${Array.from({ length: 4000 }, (_, i) => `if (x === ${i}) { return ${i}; }`).join(" else ")}\n}\nf(1);`,
    8001,
  ],
])("%s is mapped, by a thread with a larger stack", async (_, source, statements) => {
  const result = await combined(...withScript(source));
  expect(result.unmapped).toEqual([]);
  expect(result.coverageMap.fileCoverageFor("other.js").toSummary().statements.total).toBe(statements);
});

test.each([
  [
    "a million statements in a few kilobytes",
    "x=1;".repeat(1_000_000),
    undefined,
    /more code than its size allows/,
  ],
  [
    "nested beyond any stack",
    `x=${"[".repeat(1_000_000)}${"]".repeat(1_000_000)}`,
    undefined,
    /nested too deeply|more code/,
  ],
  ["50 MB of spaces", " ".repeat(50_000_000), undefined, /more than .* MB unpacked/],
  [
    "counts that belong to every function",
    "function f(){}".repeat(20_000),
    [0, 280_000, 0, ...Array.from({ length: 20_000 }, () => [1, 0, 1]).flat()].map((value, index) =>
      index > 3 && index % 3 === 1 ? 280_000 - 2 * Math.floor(index / 3) : value,
    ),
    /more functions at once/,
  ],
])("%s: not mapped, by name", async (_, source, ranges, reason) => {
  const { unmapped } = await combined(...withScript(source, ranges));
  expect(unmapped).toMatchObject([{ path: "other.js", reason: expect.stringMatching(reason) }]);
});

test.each([
  ["10 million brackets", gzipSync("[".repeat(5_000_000) + "]".repeat(5_000_000)), "too-large"],
  [
    "a million ranges in a few kilobytes",
    coverageOf([
      entry(
        honest,
        Array.from({ length: 3_000_000 }, (_, i) => (i % 3 === 0 ? 0 : i % 3 === 1 ? 36 : 1)),
      ),
    ]),
    "too-large",
  ],
])("%s: skipped, by name", async (_, bytes, reason) => {
  const { skipped } = await combined(["coverage/2026/11/29/other.coverage", bytes]);
  expect(skipped).toMatchObject([{ key: "coverage/2026/11/29/other.coverage", reason }]);
});

test.each([
  ["statements", { statements: [1, 9] }],
  ["as many statements as one likes", { statements: Array.from({ length: 1000 }, () => 1) }],
  ["arcs", { arcs: [1, 2 ** 40] }],
  ["functions", { functions: [["f", 1, 2 ** 40, 1]] }],
])("a Python script whose %s its source cannot have is not mapped", async (_, more) => {
  const source = "x = 1\n";
  const { sha256 } = deployedScript("app.py", source);
  const body = { format: "lambda-coverage-script/1", kind: "python", sha256, path: "app.py", source };
  const script = { ...body, statements: [1], excluded: [], arcs: [-1, 1, 1, -1], ...more };
  const row = { kind: "python", path: "app.py", script: formatScriptKey(sha256), lines: [1], arcs: [] };
  const { unmapped } = await combined(
    [formatScriptKey(sha256), gzipSync(JSON.stringify(script))],
    ["coverage/2026/11/29/other.coverage", coverageOf([row])],
  );
  expect(unmapped).toMatchObject([{ path: "app.py" }]);
});
