/**
 * The same work in both forms: our coverage files in a folder, V8's own JSON as the peers read it. A fleet of
 * execution environments; each has a recorded one's first snapshot and some of its later ones.
 */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { type CoverageFile, coverageFormat, type ScriptCoverage } from "../../src/contract/coverage-file.ts";
import { formatCoverageKey, formatExecutionId, formatScriptKey } from "../../src/contract/object-keys.ts";
import { packRanges, type V8Function } from "../../src/contract/ranges.ts";
import { scriptObject } from "../../tests/oracle/collected.ts";
import { entryOf } from "../../tests/oracle/probed.ts";
import type { ProbedApp, RecordedApp } from "./apps.ts";

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
    "alike: the recordings come again as they are. probes: the same functions answering the same events, counted by " +
    "probes, no two files alike; what the others read is V8's of big",
};

/** Which recorded snapshot the `file`-th of the fleet is. */
function recordedOf<T>(environments: readonly T[][], file: number): { recorded: readonly T[]; at: number } {
  const environment = Math.floor(file / filesPerEnvironment);
  const sequence = file % filesPerEnvironment;
  const recorded = environments[environment % environments.length] as T[];
  const round = Math.floor(environment / environments.length);
  const later = 1 + ((round * (filesPerEnvironment - 1) + sequence - 1) % (recorded.length - 1));
  return { recorded, at: sequence === 0 ? 0 : later };
}

/** What V8 counted in the `file`-th snapshot of the fleet. */
function snapshotOf(app: RecordedApp, file: number, { alike }: DatasetOptions): V8Function[] {
  const { recorded, at: snapshot } = recordedOf(app.environments, file);
  const functions = recorded[snapshot] as V8Function[];
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

/** What probes counted in it. */
function countsOf({ counts }: ProbedApp, file: number): number[] {
  const { recorded, at } = recordedOf(counts, file);
  const before = at === 0 ? [] : (recorded[at - 1] as number[]);
  const own = (recorded[at] as number[]).map((count, probe) => count - (before[probe] ?? 0));
  const first = own.findIndex((count) => count > 0);
  own[first] = (own[first] as number) + file;
  return own;
}

function entryIn(app: RecordedApp | ProbedApp, file: number, options: DatasetOptions): ScriptCoverage {
  if ("counts" in app) return entryOf(app.file, countsOf(app, file));
  const ranges = packRanges(snapshotOf(app, file, options));
  return { kind: "v8", path: "index.js", script: formatScriptKey(app.script.sha256), ranges };
}

/** Writes `count` coverage files and the script; returns their bytes. */
export async function writeOurs(
  app: RecordedApp | ProbedApp,
  count: number,
  folder: string,
  options: DatasetOptions,
): Promise<number> {
  const named: [string, Uint8Array][] = [[formatScriptKey(app.script.sha256), scriptObject(app.script)]];
  if ("counts" in app) named.push([app.file.planKey, gzipSync(JSON.stringify(app.file.plan))]);
  for (const [key, body] of named) {
    await mkdir(path.dirname(path.join(folder, key)), { recursive: true });
    await writeFile(path.join(folder, key), body);
  }
  let bytes = 0;
  for (let file = 0; file < count; file++) {
    const startedAt = new Date(Date.UTC(2026, 10, 20) + (file % 80_000_000));
    const id = `environment-${Math.floor(file / filesPerEnvironment)}`;
    const requestId = `request-${file}`;
    const body: CoverageFile = {
      format: coverageFormat,
      function: { name: app.name, version: "$LATEST", region: "eu-west-1", runtime: "nodejs22.x" },
      environment: { id, sequence: file % filesPerEnvironment },
      invocations: [{ requestId, startedAt: startedAt.toISOString(), durationMs: 12.3, outcome: "ok" }],
      granularity: "block",
      collectedFrom: "start",
      scripts: [entryIn(app, file, options)],
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
