/** Runs an app in a child process, under V8's coverage or instrumented, and reads what it wrote. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import type { CoverageMapData } from "istanbul-lib-coverage";
import { type CoverageFile, coverageFormat } from "../../src/contract/coverage-file.ts";
import { formatCoverageKey, formatExecutionId, formatScriptKey } from "../../src/contract/object-keys.ts";
import { packRanges, type V8Function } from "../../src/contract/ranges.ts";
import { scriptFormat } from "../../src/contract/script-file.ts";

const run = promisify(execFile);
const collectors = path.join(import.meta.dirname, "collect");

export interface V8Script {
  url: string;
  functions: V8Function[];
}

export interface V8Run {
  /** Every snapshot's scripts. */
  snapshots: V8Script[][];
  results: unknown[];
}

export interface CollectOptions {
  granularity?: "block" | "function";
  eventsPerSnapshot?: number;
  late?: boolean;
  settleMs?: number;
  /** Path of the Node.js that runs the app; default: this one. */
  node?: string;
}

export async function inTemporaryFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), "lc-oracle-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** `entry`: absolute path of a module that exports `handler`. */
export function runV8(entry: string, events: unknown[], options: CollectOptions = {}): Promise<V8Run> {
  return collect("v8.cjs", entry, events, options);
}

/** `entry`: the same, instrumented by Istanbul. */
export async function runIstanbul(entry: string, events: unknown[], options: CollectOptions = {}) {
  return collect<IstanbulRun>("istanbul.cjs", entry, events, options);
}

export interface IstanbulRun {
  /** At the end. */
  coverage: CoverageMapData;
  /** After load, then after every `eventsPerSnapshot` events. */
  moments: CoverageMapData[];
  results: unknown[];
}

/** `entry`: its probed copy. `probes`: of each slice. Counts per moment and slice. */
export async function runProbed(
  entry: string,
  events: unknown[],
  options: CollectOptions & { probes: number[] },
) {
  return collect<{ moments: number[][][]; results: unknown[] }>("probes.cjs", entry, events, options);
}

async function collect<T>(
  collector: string,
  entry: string,
  events: unknown[],
  options: CollectOptions,
): Promise<T> {
  return inTemporaryFolder(async (folder) => {
    const eventsFile = path.join(folder, "events.json");
    const output = path.join(folder, "output.json");
    await writeFile(eventsFile, JSON.stringify(events));
    const script = path.join(collectors, collector);
    await run(
      options.node ?? process.execPath,
      [script, entry, eventsFile, output, JSON.stringify(options)],
      {
        env: { ...process.env, NODE_OPTIONS: "", NODE_V8_COVERAGE: "" },
        maxBuffer: 256 * 1024 * 1024,
      },
    );
    return JSON.parse(await readFile(output, "utf8"));
  });
}

export interface DeployedScript {
  /** Deployed path. */
  path: string;
  source: string;
  sourceMap?: string;
  sha256: string;
}

export function deployedScript(path: string, source: string, sourceMap?: string): DeployedScript {
  const sha256 = createHash("sha256").update(source, "utf8").digest("hex");
  return { path, source, sha256, ...(sourceMap === undefined ? {} : { sourceMap }) };
}

/** The objects that the agent would have stored: coverage files by key, script files by key. */
export function asBucket(
  run: V8Run,
  scriptOf: (url: string) => DeployedScript | undefined,
  file: Partial<CoverageFile> = {},
): Map<string, Uint8Array> {
  const objects = new Map<string, Uint8Array>();
  for (const [sequence, snapshot] of run.snapshots.entries()) {
    const startedAt = new Date(Date.UTC(2026, 10, 20, 10, 0, sequence));
    const id = file.environment?.id ?? "environment";
    const requestId = `${id}-${sequence}`;
    const scripts = snapshot.flatMap(({ url, functions }) => {
      const script = scriptOf(url);
      if (script === undefined) return [];
      objects.set(formatScriptKey(script.sha256), scriptObject(script));
      const ranges = packRanges(functions);
      return [{ kind: "v8" as const, path: script.path, script: formatScriptKey(script.sha256), ranges }];
    });
    const body: CoverageFile = {
      format: coverageFormat,
      function: { name: "app", version: "$LATEST", region: "eu-west-1", runtime: "nodejs22.x" },
      invocations: [{ requestId, startedAt: startedAt.toISOString(), durationMs: 1, outcome: "ok" }],
      granularity: "block",
      collectedFrom: "start",
      ...file,
      environment: { id, sequence },
      scripts,
    };
    const key = formatCoverageKey({
      prefix: "coverage/",
      functionName: body.function.name,
      executionId: formatExecutionId(startedAt, requestId),
      date: startedAt,
    });
    objects.set(key, gzipSync(JSON.stringify(body)));
  }
  return objects;
}

export function scriptObject({ path, source, sourceMap, sha256 }: DeployedScript): Uint8Array {
  const map = sourceMap === undefined ? {} : { sourceMap };
  return gzipSync(JSON.stringify({ format: scriptFormat, kind: "v8", sha256, path, source, ...map }));
}
