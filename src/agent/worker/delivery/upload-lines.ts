/** What the log and the metrics say of an upload: one line each. */

import type { DeliveryError } from "../../shared/delivery-status.ts";
import { embeddedMetrics } from "./embedded-metrics.ts";
import { remedyFor } from "./remedies.ts";
import type { DeliveryParts } from "./store-files.ts";
import type { CoverageUpload, DeliveryResult } from "./uploads.ts";

export function logResult(parts: DeliveryParts, file: CoverageUpload, result: DeliveryResult): void {
  if (result.error !== undefined) {
    logFailure(parts, {
      message: "Failed to upload coverage file",
      key: file.key,
      requestId: file.requestId,
      attempts: result.attempts,
      error: result.error,
      more: {
        outcome: result.outcome,
        pending_files: parts.tally.pendingFiles,
        dropped_files: parts.tally.droppedFiles,
      },
    });
    return;
  }
  const { initializationMs, finalizationMs } = file.measures ?? {};
  const operations = [
    { operation: "coverage_initialization", duration_ms: initializationMs },
    { operation: "coverage_finalization", duration_ms: finalizationMs },
    { operation: "s3_upload", duration_ms: result.uploadTimeMs },
  ].filter((row) => row.duration_ms !== undefined);
  parts.log.info("Coverage file uploaded successfully", {
    type: "Performance",
    operation: "s3_upload",
    duration_ms: result.uploadTimeMs,
    s3_key: result.s3Key,
    collector: file.collector,
    file_size: result.fileSize,
    upload_time_ms: result.uploadTimeMs,
    operations: operations.map((row) => ({ ...row, duration_ms: roundMs(row.duration_ms as number) })),
    request_id: file.requestId,
  });
}

export interface Failure {
  message: string;
  key: string;
  requestId?: string;
  attempts: number;
  error: DeliveryError;
  /** Further details. */
  more: Record<string, unknown>;
}

export function logFailure(parts: DeliveryParts, failure: Failure): void {
  const { message, key, requestId, attempts, error, more } = failure;
  const { code, httpStatus } = error;
  const remedy = remedyFor(error, parts.bucket, key);
  parts.log.error(`${message}: ${code}`, {
    error_type: "S3UploadError",
    details: {
      s3_key: key,
      bucket: parts.bucket,
      error_code: code,
      error_message: error.message,
      http_status: httpStatus,
      retry_count: attempts,
      ...more,
      remedy,
    },
    request_id: requestId,
  });
}

export function writeMetrics(parts: DeliveryParts, file: CoverageUpload, result: DeliveryResult): void {
  const { measures = {} } = file;
  const stored = result.outcome === "stored";
  parts.log.raw(
    embeddedMetrics(parts.env.AWS_LAMBDA_FUNCTION_NAME ?? "unknown", parts.clock.wallTime(), {
      FilesStored: stored ? 1 : 0,
      FilesFailed: stored ? 0 : 1,
      FilesPending: parts.tally.pendingFiles,
      UploadTime: result.uploadTimeMs,
      FileSize: result.fileSize,
      SnapshotTime: measures.snapshotMs,
      InitTimeAdded: measures.initializationMs,
      MemoryUsed: measures.memoryBytes,
    }),
  );
}

export function roundMs(ms: number): number {
  return Math.round(ms * 100) / 100;
}
