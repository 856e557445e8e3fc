/** The same work in both forms: our coverage files in a folder, V8's own JSON as the peers read it. */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { type CoverageFile, coverageFormat } from "../../src/contract/coverage-file.ts";
import { formatCoverageKey, formatExecutionId, formatScriptKey } from "../../src/contract/object-keys.ts";
import { packRanges } from "../../src/contract/ranges.ts";
import { scriptObject } from "../../tests/oracle/collected.ts";
import type { RecordedApp } from "./apps.ts";

/** A sandbox serves that many invocations in the bench: one first snapshot (V8: 860 KB), the others later ones. */
const filesPerEnvironment = 10;

function snapshotIndex(app: RecordedApp, file: number): number {
  const sequence = file % filesPerEnvironment;
  return sequence === 0 ? 0 : 1 + ((file - 1) % (app.run.snapshots.length - 1));
}

export interface DatasetOptions {
  /** Every file has another count: nothing can be read once for many. */
  varied: boolean;
}

/** Writes `count` coverage files and the script; returns their bytes. */
export async function writeOurs(
  app: RecordedApp,
  count: number,
  folder: string,
  { varied }: DatasetOptions,
): Promise<number> {
  const packed = app.run.snapshots.map((snapshot) =>
    packRanges(snapshot.find(({ url }) => url === app.url)?.functions ?? []),
  );
  const scriptKey = formatScriptKey(app.script.sha256);
  await mkdir(path.join(folder, "coverage-scripts"), { recursive: true });
  await writeFile(path.join(folder, scriptKey), scriptObject(app.script));
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
      scripts: [
        {
          kind: "v8",
          path: "index.js",
          script: scriptKey,
          ranges: varied
            ? variedRanges(packed[snapshotIndex(app, file)] ?? [], file)
            : (packed[snapshotIndex(app, file)] ?? []),
        },
      ],
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

function variedRanges(ranges: readonly number[], file: number): number[] {
  const copy = [...ranges];
  if (copy.length > 2) copy[2] = (copy[2] as number) + file + 1;
  return copy;
}

/** Writes `count` dumps as NODE_V8_COVERAGE would. */
export async function writeDumps(
  app: RecordedApp,
  count: number,
  folder: string,
  { varied }: DatasetOptions,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const url = app.url.startsWith("file://") ? app.url : `file://${app.url}`;
  const dumps = app.run.snapshots.map((snapshot) => {
    const functions = snapshot.find((script) => script.url === app.url)?.functions ?? [];
    return JSON.stringify({ result: [{ scriptId: "1", url, functions }] });
  });
  for (let file = 0; file < count; file++) {
    const recorded = dumps[snapshotIndex(app, file)] as string;
    const text = varied ? recorded.replace(/"count":\d+/, `"count":${file + 1}`) : recorded;
    await writeFile(path.join(folder, `coverage-${file}.json`), text);
  }
}
