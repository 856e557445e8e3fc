/**
 * The same work in both forms: our coverage files in a folder, V8's own JSON as the peers read it. A fleet of
 * execution environments; each has a recorded one's first snapshot and some of its later ones.
 */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { type CoverageFile, coverageFormat } from "../../src/contract/coverage-file.ts";
import { formatCoverageKey, formatExecutionId, formatScriptKey } from "../../src/contract/object-keys.ts";
import { packRanges, type V8Function } from "../../src/contract/ranges.ts";
import { scriptObject } from "../../tests/oracle/collected.ts";
import type { RecordedApp } from "./apps.ts";

/** A sandbox serves that many invocations in the bench: one first snapshot (V8: 860 KB), the others later ones. */
const filesPerEnvironment = 10;

export interface DatasetOptions {
  /** Recordings come again to the byte; otherwise no two files are alike. */
  alike: boolean;
}

/** What a dataset was made of. */
export interface Dataset {
  app: string;
  files: number;
  /** Snapshots that were recorded, and how many of them differ. */
  snapshots: number;
  distinct: number;
  coverageFileBytes: number;
  v8JsonBytes?: number;
}

export const datasetDocs = {
  files:
    "snapshots that V8 took of the running function after each of many different events; of every 10 files " +
    "one is an environment's first (big), nine are later ones",
  distinct:
    "small, big: no two files are alike: beside what the events made differ, one count of each is raised by its number. " +
    "alike: the recordings come again as they are",
};

/** What V8 counted in the `file`-th snapshot of the fleet. */
function snapshotOf(app: RecordedApp, file: number, { alike }: DatasetOptions): V8Function[] {
  const environment = Math.floor(file / filesPerEnvironment);
  const sequence = file % filesPerEnvironment;
  const recorded = app.environments[environment % app.environments.length] as V8Function[][];
  const round = Math.floor(environment / app.environments.length);
  const later = 1 + ((round * (filesPerEnvironment - 1) + sequence - 1) % (recorded.length - 1));
  const functions = recorded[sequence === 0 ? 0 : later] as V8Function[];
  if (alike) return functions;
  const at = functions.findIndex(({ ranges }) => (ranges[0]?.count ?? 0) > 0);
  return functions.map((fn, index) => (index === at ? raised(fn, file) : fn));
}

function raised(fn: V8Function, by: number): V8Function {
  const ranges = fn.ranges.map((range, index) =>
    index === 0 ? { ...range, count: range.count + by } : range,
  );
  return { ...fn, ranges };
}

/** Writes `count` coverage files and the script; returns their bytes. */
export async function writeOurs(
  app: RecordedApp,
  count: number,
  folder: string,
  options: DatasetOptions,
): Promise<number> {
  const scriptKey = formatScriptKey(app.script.sha256);
  await mkdir(path.join(folder, "coverage-scripts"), { recursive: true });
  await writeFile(path.join(folder, scriptKey), scriptObject(app.script));
  let bytes = 0;
  for (let file = 0; file < count; file++) {
    const startedAt = new Date(Date.UTC(2026, 10, 20) + (file % 80_000_000));
    const id = `environment-${Math.floor(file / filesPerEnvironment)}`;
    const requestId = `request-${file}`;
    const ranges = packRanges(snapshotOf(app, file, options));
    const body: CoverageFile = {
      format: coverageFormat,
      function: { name: app.name, version: "$LATEST", region: "eu-west-1", runtime: "nodejs22.x" },
      environment: { id, sequence: file % filesPerEnvironment },
      invocations: [{ requestId, startedAt: startedAt.toISOString(), durationMs: 12.3, outcome: "ok" }],
      granularity: "block",
      collectedFrom: "start",
      scripts: [{ kind: "v8", path: "index.js", script: scriptKey, ranges }],
    };
    const key = formatCoverageKey({
      prefix: "coverage/",
      functionName: app.name,
      executionId: formatExecutionId(startedAt, requestId),
      date: startedAt,
    });
    const object = gzipSync(JSON.stringify(body));
    bytes += object.length;
    const target = path.join(folder, key);
    if (file === 0) await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, object);
  }
  return bytes;
}

/** Writes `count` dumps as NODE_V8_COVERAGE would; returns their bytes. */
export async function writeDumps(
  app: RecordedApp,
  count: number,
  folder: string,
  options: DatasetOptions,
): Promise<number> {
  await mkdir(folder, { recursive: true });
  const url = app.url.startsWith("file://") ? app.url : `file://${app.url}`;
  let bytes = 0;
  for (let file = 0; file < count; file++) {
    const functions = snapshotOf(app, file, options);
    const text = JSON.stringify({ result: [{ scriptId: "1", url, functions }] });
    bytes += text.length;
    await writeFile(path.join(folder, `coverage-${file}.json`), text);
  }
  return bytes;
}
