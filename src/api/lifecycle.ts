/** Coverage by two calls, for code that has no block to wrap. */
import { parseCoverageKey } from "../contract/object-keys.ts";
import type { CoverageConfig } from "./coverage-config.ts";
import { CoverageContext } from "./coverage-context.ts";
import { CoverageReportMetadata } from "./report-metadata.ts";
import { currentSession } from "./session.ts";

let open: CoverageContext | undefined;

/**
 * Begins to record; whether V8 counts. `finalizeCoverage` ends it. What an earlier call left open, because
 * the code between threw, is stored first and ends there.
 */
export function initializeCoverage(config?: CoverageConfig): boolean {
  void open?.exit("error");
  open = new CoverageContext(config).enter();
  return open.active;
}

/**
 * Stores what ran since the last `initializeCoverage`. Resolves to what is known of the stored file;
 * undefined where the upload goes on after the response, failed, or nothing was being recorded.
 */
export async function finalizeCoverage(): Promise<CoverageReportMetadata | undefined> {
  const before = currentSession()?.delivery?.lastUpload?.s3Key;
  const context = open;
  open = undefined;
  await context?.exit();
  const stored = lastStoredReport();
  return stored?.s3Key === before ? undefined : stored;
}

/** The last coverage file that this environment stored, as far as its thread has told. */
export function lastStoredReport(): CoverageReportMetadata | undefined {
  const upload = currentSession()?.delivery?.lastUpload;
  const parts = upload === undefined ? undefined : parseCoverageKey(upload.s3Key);
  if (upload === undefined || parts === undefined || upload.outcome !== "stored") return undefined;
  return new CoverageReportMetadata({
    functionName: parts.functionName,
    executionId: parts.executionId,
    timestamp: new Date(upload.at),
    s3Key: upload.s3Key,
    fileSize: upload.fileSize,
  });
}
