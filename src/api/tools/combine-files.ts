/** Combines a prefix of a bucket and stores the report; near a deadline, stores what was added up so far. */
import { randomUUID } from "node:crypto";
import { type CombineResult, combine, combineToSum, type SkippedFile } from "../../combine/index.ts";
import { formatSumKey, sumsFolder } from "../../contract/object-keys.ts";
import { readSettings } from "../../contract/settings.ts";
import { layerVersion } from "../../contract/version.ts";
import { checkOutputKey, coverageJson, reportInput, writeCombinedToStore } from "../../report/index.ts";
import { openS3Store } from "../../store/s3-store.ts";
import type { CoverageStore } from "../../store/store.ts";
import type { CombineFilesResult } from "../combiner.ts";

export interface CombineCall {
  bucketName: string;
  prefix: string;
  outputKey: string;
  /** Of an earlier, partial run: the key of its sum, and the last key that it read. */
  resume?: { sumKey: string; startAfter: string } | undefined;
  remainingTimeMs?: (() => number) | undefined;
}

/** Share of the time that mapping and the report need at least; reading stops before. */
const reportShare = 0.35;
const minReportMs = 2000;

export async function combineFiles(call: CombineCall): Promise<CombineFilesResult> {
  const startedAt = performance.now();
  const outputKey = checkOutputKey(call.outputKey);
  const store = await openS3Store(call.bucketName);
  const elapsedMs = () => Math.round(performance.now() - startedAt);
  if (call.remainingTimeMs === undefined) {
    const result = await combine({ store, prefix: call.prefix });
    return { ...(await storeReport(store, { ...call, outputKey }, result)), processing_time_ms: elapsedMs() };
  }
  const read = await readUntilDeadline(store, call, call.remainingTimeMs);
  if (read.partial !== undefined) {
    return { ...partialResult(store, call, read.partial), processing_time_ms: elapsedMs() };
  }
  const report = await storeReport(store, { ...call, outputKey }, read.result, read.skipped);
  return { ...report, processing_time_ms: elapsedMs() };
}

type Report = Omit<CombineFilesResult, "processing_time_ms">;

async function storeReport(
  store: CoverageStore,
  call: CombineCall,
  result: CombineResult,
  skipped: Skipped = { count: result.filesSkipped, files: result.skipped },
): Promise<Report> {
  const input = reportInput(result, {
    location: `${store.location}/${call.prefix}`,
    generatedAt: new Date(),
    branches: readSettings(process.env).settings.branchCoverage,
    version: layerVersion,
  });
  return {
    files_processed: result.filesProcessed,
    files_skipped: skipped.count,
    combined_coverage: coverageJson(input.model, result, layerVersion).totals.percent_covered,
    output_location: await writeCombinedToStore(store, call.outputKey, input),
    errors: [...skipped.files.map(skippedLine), ...otherErrors(result)],
  };
}

interface Skipped {
  count: number;
  files: SkippedFile[];
}

function skippedLine({ key, reason, detail }: SkippedFile): string {
  return `${key}: ${reason}: ${detail}`;
}

/** One line for everything else that is missing from the figure. */
function otherErrors({ unmapped, environments }: CombineResult): string[] {
  const lost = `${environments.withLosses} of ${environments.count} execution environments lost coverage`;
  return [
    ...unmapped.map(({ path, reason }) => `${path}: ${reason}`),
    ...(environments.withLosses > 0 ? [lost] : []),
  ];
}

interface Partial {
  sumKey: string;
  startAfter: string;
  filesProcessed: number;
  skipped: Skipped;
}

type Read = { partial: Partial } | { partial?: undefined; result: CombineResult; skipped: Skipped };

/** Reads in key order, so that the last key seen says where to go on. */
async function readUntilDeadline(
  store: CoverageStore,
  call: CombineCall,
  remainingTimeMs: () => number,
): Promise<Read> {
  const { prefix, resume } = call;
  const reserveMs = Math.max(minReportMs, remainingTimeMs() * reportShare);
  const outOfTime = new AbortController();
  const timer = setTimeout(() => outOfTime.abort(), Math.max(0, remainingTimeMs() - reserveMs));
  let lastKey = resume?.startAfter ?? "";
  const filter = (key: string): boolean => {
    if (key === resume?.sumKey || key.includes(`/${sumsFolder}`)) return true;
    if (key <= (resume?.startAfter ?? "")) return false;
    lastKey = key;
    return true;
  };
  const sums = resume === undefined ? [] : [resume.sumKey];
  const { sum, gathered } = await combineToSum({ store, prefix, filter, sums, until: outOfTime.signal });
  clearTimeout(timer);
  const skipped = { count: gathered.filesSkipped, files: gathered.skipped };
  if (gathered.filesProcessed === 0 && gathered.complete) {
    return { result: await combine({ store, prefix }), skipped };
  }
  const sumKey = formatSumKey(prefix, new Date(), randomUUID().slice(0, 8));
  if (!gathered.complete || remainingTimeMs() < reserveMs / 2) {
    const encoding = { contentType: "application/json", contentEncoding: "gzip" };
    await store.put(sumKey, sum, encoding);
    return { partial: { sumKey, startAfter: lastKey, filesProcessed: gathered.filesProcessed, skipped } };
  }
  const result = await combine({ store: withObject(store, sumKey, sum), prefix, keys: [], sums: [sumKey] });
  return { result, skipped };
}

/** The store with one more object, which nobody else needs to see. */
function withObject(store: CoverageStore, key: string, body: Uint8Array): CoverageStore {
  return {
    location: store.location,
    list: (prefix) => store.list(prefix),
    get: async (wanted) => (wanted === key ? body : store.get(wanted)),
    put: (...args) => store.put(...args),
  };
}

function partialResult(store: CoverageStore, call: CombineCall, partial: Partial): Report {
  const { sumKey, startAfter, filesProcessed, skipped } = partial;
  return {
    files_processed: filesProcessed,
    files_skipped: skipped.count,
    combined_coverage: null,
    output_location: `${store.location}/${sumKey}`,
    errors: [
      ...skipped.files.map(skippedLine),
      `Time ran out after ${filesProcessed} files: their sum is stored, no report yet. Invoke again with continue_with, or give the function more time`,
    ],
    continue_with: {
      bucket: call.bucketName,
      prefix: call.prefix,
      output_key: call.outputKey,
      resume_key: sumKey,
      start_after: startAfter,
    },
  };
}
