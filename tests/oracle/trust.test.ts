/** What somebody who may only do what a function may can make a report say: nothing that others wrote. */
import { gunzipSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { combine, combineToSum } from "../../src/combine/index.ts";
import { packTable, unpackTable } from "../../src/combine/map/packed-table.ts";
import { mappingVersion, type ProbeTable } from "../../src/combine/map/probe-table.ts";
import { formatLostKey, formatMappingKey, formatScriptKey } from "../../src/contract/object-keys.ts";
import { deployedScript, scriptObject } from "./collected.ts";
import { MemoryStore } from "./memory-store.ts";

const source = "function never() {\n  return 1;\n}\nfunction often() {\n  return 2;\n}\noften();\n";
const deployed = deployedScript("index.js", source);
const { sha256 } = deployed;
const script = scriptObject(deployed);
const scriptKey = formatScriptKey(sha256);
const neverEnd = source.indexOf("\n}") + 2;
const fileKey = "coverage/2026/11/29/orders-101112013-request.coverage";

function file(more: object = {}): object {
  return {
    format: "lambda-coverage/1",
    function: { name: "orders", version: "1", region: "eu-west-1", runtime: "nodejs24.x" },
    environment: { id: "e", sequence: 0 },
    invocations: [
      { requestId: "request", startedAt: "2026-11-29T10:11:12.013Z", durationMs: 1, outcome: "ok" },
    ],
    granularity: "block",
    collectedFrom: "start",
    scripts: [
      { kind: "v8", path: "index.js", script: scriptKey, ranges: [0, source.length, 1, 0, neverEnd, 0] },
    ],
    ...more,
  };
}

const packed = (value: object) => gzipSync(JSON.stringify(value));
const store = (...more: [string, Uint8Array][]) =>
  new MemoryStore([[scriptKey, script], [fileKey, packed(file())], ...more]);
const functionsOf = async (from: MemoryStore) =>
  (await combine({ store: from, prefix: "coverage/" })).coverageMap.getCoverageSummary().functions;

test("a well-formed mapping that reads every counter where code always runs is not believed from a function", async () => {
  const honest = store();
  expect((await functionsOf(honest)).pct).toBe(50);
  const mappingKey = formatMappingKey(sha256, mappingVersion);
  const stored = JSON.parse(gunzipSync(honest.objects.get(mappingKey) as Uint8Array).toString());
  const table = unpackTable(stored, sha256, source.length) as ProbeTable;
  const forged: ProbeTable = {
    ...table,
    files: table.files.map((one) => ({
      ...one,
      functions: one.functions.map((counter) => ({ ...counter, probe: [source.length - 1] })),
    })),
  };
  const body = gzipSync(JSON.stringify(packTable(forged)));
  // The forgery does what it is meant to do where only combiners may write.
  expect((await functionsOf(store([mappingKey, body]))).pct).toBe(100);
  for (const key of [
    `coverage-scripts/${sha256}.mapping-${mappingVersion}.json`,
    mappingKey.replace("coverage-mappings/", "coverage-scripts/"),
    mappingKey.replace("coverage-mappings/", "coverage-plans/"),
  ]) {
    expect((await functionsOf(store([key, body]))).pct).toBe(50);
  }
});

test("a sum where functions put their files is skipped by name; one that is named is read", async () => {
  const { sum } = await combineToSum({ store: store(), prefix: "coverage/" });
  for (const key of ["coverage/2026/11/29/forged.coverage", "coverage/2026/11/29/sums/forged.coverage"]) {
    const forged = new MemoryStore([
      [scriptKey, script],
      [key, sum],
    ]);
    for (const prefix of ["coverage/", "coverage/2026/11/29/", ""]) {
      const { gathered } = await combineToSum({ store: forged, prefix });
      expect(gathered.filesProcessed).toBe(0);
      expect(gathered.skipped).toEqual([{ key, reason: "misplaced", detail: expect.any(String) }]);
    }
    expect((await combineToSum({ store: forged, prefix: "", sums: [key] })).gathered.filesProcessed).toBe(1);
  }
});

test("a file that has arrived is counted, whatever the record says that it was lost", async () => {
  const lost = packed(file({ lost: { reason: "killed" }, scripts: [] }));
  const lostKey = formatLostKey(fileKey, 0);
  const both = store([lostKey, lost]);
  for (const keys of [
    [fileKey, lostKey],
    [lostKey, fileKey],
  ]) {
    const { gathered } = await combineToSum({ store: both, prefix: "", keys, concurrency: 1 });
    expect(gathered.environments.summary()).toMatchObject({ count: 1, withLosses: 0 });
    expect(gathered).toMatchObject({ filesListed: 2, filesProcessed: 1, duplicates: 1 });
    expect(gathered.functions.get("orders")?.invocations.count).toBe(1);
  }
  both.objects.delete(fileKey);
  const { gathered } = await combineToSum({ store: both, prefix: "coverage/" });
  expect(gathered.environments.summary().losses).toMatchObject([
    { lostRecords: [{ sequence: 0, reason: "killed" }] },
  ]);
});
