/** What is handed to delivery, and what comes of it. */
import type { DeliveryError, DeliveryOutcome } from "../../shared/delivery-status.ts";

export interface DeliveryResult {
  outcome: DeliveryOutcome;
  attempts: number;
  uploadTimeMs: number;
  /** Bytes as sent (gzip'd). */
  fileSize: number;
  s3Key: string;
  error?: DeliveryError;
}

export interface CoverageUpload {
  /** Full object key; see `formatCoverageKey`. */
  key: string;
  /** gzip'd JSON. */
  body: Uint8Array;
  environmentId: string;
  sequence: number;
  requestId: string;
  collector?: "probes" | "v8";
  /** What the agent measured, for the log line and the metrics. */
  measures?: UploadMeasures;
}

export interface UploadMeasures {
  /** Added to init by the agent; give it with the environment's first file only. */
  initializationMs?: number | undefined;
  /** From the response's post to the upload's start: snapshot, packing, compressing. */
  finalizationMs?: number;
  /** The snapshot alone. */
  snapshotMs?: number | undefined;
  /** Resident set size of the process. */
  memoryBytes?: number;
}

/** An object that is named by the hash of its content, and so lies in the bucket once. */
export interface ContentUpload {
  key: string;
  /** What the log says where S3 does not take it. */
  failure: { message: string };
  /** gzip'd JSON; a function is only called where the object is not in the bucket yet; undefined: it is gone. */
  body: Uint8Array | (() => Uint8Array | undefined);
  /** It is likely not there: put it at once, unless it is, instead of asking first. */
  likelyMissing?: boolean;
}

/** `failed`: to be tried again; `gone`: nobody has it any more. */
export type ContentOutcome = "stored" | "exists" | "failed" | "gone";
