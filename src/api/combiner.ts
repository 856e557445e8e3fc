/**
 * Combining from user code and as a Lambda function. The tools behind it (combine, report, AWS SDK) load at
 * the first call.
 */
import { formatCombinedKey, normalisePrefix } from "../contract/object-keys.ts";
import { settingsTable } from "../contract/settings.ts";
import { combinerRequest } from "./combiner-event.ts";
import { CoverageCombineError, CoverageError } from "./errors.ts";
import type { CombineCall } from "./tools/combine-files.ts";

const defaultPrefix = settingsTable.s3Prefix.default;

export interface CombineFilesOptions {
  bucketName: string;
  /** Every coverage file below it. Default `coverage/`. */
  prefix?: string;
  /** Key of the combined JSON; other formats lie in a folder of the same stem. Default `{prefix}combined/<UTC time>.json`. */
  outputKey?: string;
  /** `continue_with` of an earlier run that ended before its deadline: what it read is not read again. */
  resumeKey?: string;
  startAfter?: string;
  /** Milliseconds left; near 0 a partial sum is stored instead of a report. Default: no limit. */
  remainingTimeMs?: () => number;
}

/** What `coverageCombinerHandler` takes. */
export interface CombinerEvent {
  bucket: string;
  prefix?: string;
  output_key?: string;
  resume_key?: string;
  start_after?: string;
}

/** In the spec's names. */
export interface CombineFilesResult {
  files_processed: number;
  files_skipped: number;
  /** Percent, as coverage.py's `percent_covered`; null where only a partial sum was stored. */
  combined_coverage: number | null;
  /** S3 URI of the combined JSON, or of the partial sum. */
  output_location: string;
  processing_time_ms: number;
  /** What was skipped or lost, one line each. */
  errors: string[];
  /** Present where time ran out: the event to invoke the combiner with. */
  continue_with?: CombinerEvent;
}

/**
 * Reads every coverage file below the prefix, adds them up, maps them to original sources and stores the
 * report. Rejects with a CoverageCombineError (`NoCoverageFiles`, `NoMappedCode`, or the
 * store's code such as `AccessDenied`).
 */
export async function combineCoverageFiles(options: CombineFilesOptions): Promise<CombineFilesResult> {
  const prefix = options.prefix ?? defaultPrefix;
  const { resumeKey, startAfter = "" } = options;
  const call: CombineCall = {
    bucketName: options.bucketName,
    prefix,
    outputKey: options.outputKey ?? formatCombinedKey(prefix, new Date()),
    resume: resumeKey === undefined ? undefined : { sumKey: resumeKey, startAfter },
    remainingTimeMs: options.remainingTimeMs,
  };
  return withTools((tools) => tools.combineFiles(call));
}

/**
 * Downloads the coverage files below a prefix, and the scripts they name, into a new temporary folder of the
 * bucket's layout. Resolves to the paths of the coverage files.
 */
export async function downloadCoverageFiles(options: {
  bucketName: string;
  prefix?: string;
}): Promise<string[]> {
  return withTools((tools) => tools.downloadFiles(options.bucketName, options.prefix ?? defaultPrefix));
}

/**
 * Adds up coverage files on disk, as `downloadCoverageFiles` resolves to. Resolves to the path of the sum, a
 * coverage file itself.
 */
export async function mergeCoverageData(coverageFiles: readonly string[]): Promise<string> {
  return withTools((tools) => tools.mergeFiles(coverageFiles));
}

export interface UploadReportOptions {
  /** A report file, a folder of them, or a `.coverage` file, of which the report is made. */
  path: string;
  bucketName: string;
  /** Key of the file, or prefix of the folder's files. */
  outputKey: string;
}

/** Stores a report file or folder. Resolves to its S3 URI. */
export async function uploadCombinedReport(options: UploadReportOptions): Promise<string> {
  return withTools((tools) => tools.uploadReport(options));
}

interface CombinerContext {
  getRemainingTimeInMillis?: () => number;
}

/**
 * The combiner as a Lambda handler. The event: a CombinerEvent, the same as
 * an EventBridge event's `detail`, an S3 event (its bucket), or anything else: COVERAGE_S3_BUCKET and
 * COVERAGE_S3_PREFIX then say what to combine.
 */
export async function coverageCombinerHandler(
  event: unknown,
  context?: CombinerContext,
): Promise<CombineFilesResult> {
  const request = combinerRequest(event, process.env);
  const remainingTimeMs = context?.getRemainingTimeInMillis?.bind(context);
  return combineCoverageFiles({
    bucketName: request.bucket,
    prefix: request.prefix,
    outputKey: request.outputKey ?? `${normalisePrefix(request.prefix)}combined-report.json`,
    ...(request.resumeKey !== undefined && { resumeKey: request.resumeKey }),
    ...(request.startAfter !== undefined && { startAfter: request.startAfter }),
    ...(remainingTimeMs !== undefined && { remainingTimeMs }),
  });
}

type Tools = typeof import("./tools.ts");

/** Every failure leaves as one of our errors, with the code that the failing part gave it. */
async function withTools<T>(work: (tools: Tools) => Promise<T>): Promise<T> {
  try {
    return await work(await import("./tools.ts"));
  } catch (error) {
    if (error instanceof CoverageError) throw error;
    const { code, message, remedy, key, location } = error as Error & Record<string, unknown>;
    throw new CoverageCombineError(message, {
      code: typeof code === "string" ? code : "CombineFailed",
      details: { remedy, key, location },
      cause: error,
    });
  }
}
