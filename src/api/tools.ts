/**
 * What the combining functions load at their first call: combine, reports, the store and with it the AWS
 * SDK. In the layer this is a bundle of its own (tools.cjs).
 */
import { mkdir, mkdtemp, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { CombineOptions, CombineResult } from "../combine/index.ts";
import * as combining from "../combine/index.ts";
import { coverageSuffix } from "../contract/object-keys.ts";
import { layerVersion } from "../contract/version.ts";
import { coverageJson, reportInput, writeCombinedToStore } from "../report/index.ts";
import { openS3Store } from "../store/s3-store.ts";
import type { CoverageStore } from "../store/store.ts";
import type { CombineFilesResult, UploadReportOptions } from "./combiner.ts";

const { combine } = combining as unknown as { combine(options: CombineOptions): Promise<CombineResult> };

export interface CombineCall {
  bucketName: string;
  prefix: string;
  outputKey: string;
  resumeKey?: string;
  remainingTimeMs?: () => number;
}

export interface MergeOptions {
  /** Local paths. */
  coverageFiles: string[];
}

export async function combineFiles(call: CombineCall): Promise<CombineFilesResult> {
  const startedAt = performance.now();
  const store = await openS3Store(call.bucketName);
  const result = await combine({ store, prefix: call.prefix });
  const input = reportInput(result, {
    location: `${store.location}/${call.prefix}`,
    generatedAt: new Date(),
    version: layerVersion,
  });
  const location = await writeCombinedToStore(store, call.outputKey, input);
  return {
    files_processed: result.filesProcessed,
    files_skipped: result.filesSkipped,
    combined_coverage: coverageJson(input.model, result, layerVersion).totals.percent_covered,
    output_location: location,
    processing_time_ms: Math.round(performance.now() - startedAt),
    errors: errorsOf(result),
  };
}

/** One line for everything that is missing from the figure. */
function errorsOf(result: CombineResult): string[] {
  return [
    ...result.skipped.map(({ key, reason, detail }) => `${key}: ${reason}: ${detail}`),
    ...result.unmapped.map(({ path: script, reason }) => `${script}: ${reason}`),
    ...(result.environments.withLosses > 0
      ? [
          `${result.environments.withLosses} of ${result.environments.count} execution environments lost coverage`,
        ]
      : []),
  ];
}

const downloadsAtOnce = 24;

/** A copy of the bucket's layout, so that the paths work wherever a folder does: `lambda-coverage report <dir>`. */
export async function downloadFiles(bucketName: string, prefix: string): Promise<string[]> {
  const store = await openS3Store(bucketName);
  const folder = await mkdtemp(path.join(tmpdir(), "coverage-"));
  const files: string[] = [];
  const scripts = new Set<string>();
  await inParallel(coverageKeys(store, prefix), async (key) => {
    const body = await store.get(key);
    files.push(await saveBelow(folder, key, body));
  });
  void scripts;
  return files.sort();
}

async function* coverageKeys(store: CoverageStore, prefix: string): AsyncGenerator<string> {
  for await (const { key } of store.list(prefix)) if (key.endsWith(coverageSuffix)) yield key;
}

async function inParallel<T>(items: AsyncIterator<T>, work: (item: T) => Promise<void>): Promise<void> {
  const worker = async () => {
    for (let next = await items.next(); !next.done; next = await items.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: downloadsAtOnce }, worker));
}

/** Keys come from a bucket that others write to: none leaves the folder. */
async function saveBelow(folder: string, key: string, body: Uint8Array): Promise<string> {
  const file = path.resolve(folder, key);
  if (!file.startsWith(folder + path.sep))
    throw new RangeError(`key ${JSON.stringify(key)} leaves the folder`);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, body);
  return file;
}

export async function mergeFiles(_options: MergeOptions): Promise<string> {
  throw new Error("not yet");
}

const contentTypes: Record<string, string> = {
  ".json": "application/json",
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".xml": "application/xml",
};

export async function uploadReport(options: UploadReportOptions): Promise<string> {
  const store = await openS3Store(options.bucketName);
  const isFolder = (await stat(options.path)).isDirectory();
  const stem = options.outputKey.replace(/^\/+|\/+$/g, "");
  const files = isFolder ? await readdir(options.path, { recursive: true, withFileTypes: true }) : [];
  const puts = isFolder
    ? files
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(options.path, path.join(entry.parentPath, entry.name)))
        .map((name) => ({
          file: path.join(options.path, name),
          key: `${stem}/${name.split(path.sep).join("/")}`,
        }))
    : [{ file: options.path, key: stem }];
  for (const { file, key } of puts) {
    const contentType = contentTypes[path.extname(file)] ?? "text/plain; charset=utf-8";
    await store.put(key, await readFile(file), { contentType });
  }
  return `${store.location}/${stem}`;
}
