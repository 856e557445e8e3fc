/**
 * Delivery of coverage files and script files to S3, within a budget, whatever S3 and the network do.
 * Nothing here throws or rejects: every outcome is a value, counted and logged.
 * Runs in the agent's worker thread; does no thread-pool work (a function may run with
 * UV_THREADPOOL_SIZE=1, where the runtime's native `/next` holds the only pool thread).
 */
import { join } from "node:path";
import type { Settings } from "../../contract/settings.ts";
import { createCircuitBreaker } from "./circuit-breaker.ts";
import type { Clock } from "./clock.ts";
import { createFallbackStore } from "./fallback-store.ts";
import type { Log } from "./log.ts";
import { createMarkers, type MarkedEnvironment, type Markers } from "./markers.ts";
import { markersIn, sandboxFolder } from "./open-marker.ts";
import { createS3Client } from "./s3-client.ts";
import {
  type DeliveryParts,
  hasScriptSet,
  noteScriptSet,
  retryPending,
  storeCoverage,
  storeScript,
} from "./store-files.ts";

export interface Budget {
  /** On `clock.now()`'s scale, ms. See `holdBudgetMs`. */
  deadlineAt: number;
}

export interface DeliveryError {
  /** S3's error code (`AccessDenied`), Node's (`ECONNREFUSED`), or `Timeout`, `NoBudget`, `NoCredentials`. */
  code: string;
  message: string;
  httpStatus?: number;
  /** What to do about it, where that is known. */
  remedy?: string;
}

export interface DeliveryResult {
  /** `pending`: lies in the fallback store and is tried again; `dropped`: it is lost. */
  outcome: "stored" | "pending" | "dropped";
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

export interface ScriptUpload {
  sha256: string;
  /** gzip'd JSON; a function is only called where the script is not in the bucket yet; undefined: it is gone. */
  body: Uint8Array | (() => Uint8Array | undefined);
  /** It is likely not there: put it at once, unless it is, instead of asking first. */
  likelyMissing?: boolean;
}

/** `failed`: to be tried again; `gone`: nobody has it any more. */
export type ScriptOutcome = "stored" | "exists" | "failed" | "gone";

export interface CircuitBreaker {
  /** Asked once per invocation: whether to take and store a snapshot after this one. */
  shouldCollect(): boolean;
  /** How the invocation's delivery went. */
  report(ok: boolean): void;
  readonly open: boolean;
}

export interface DeliveryStatus {
  /** Of the last upload; `unknown` before the first. */
  s3: "unknown" | "ok" | "failing";
  lastUpload?: {
    at: string;
    s3Key: string;
    fileSize: number;
    outcome: DeliveryResult["outcome"];
    uploadTimeMs: number;
  };
  lastError?: DeliveryError;
  pendingFiles: number;
  /** Dropped from the fallback store since this process began. */
  droppedFiles: number;
  storedFiles: number;
  breakerOpen: boolean;
}

export interface Delivery {
  /** Retries within the budget, falls back to /tmp, writes the log line and metrics; never rejects. */
  storeCoverage(file: CoverageUpload, budget: Budget): Promise<DeliveryResult>;
  storeScript(script: ScriptUpload, budget: Budget): Promise<ScriptOutcome>;
  /** Whether an earlier environment noted that all scripts of this set are in the bucket. */
  hasScriptSet(sha256: string, budget: Budget): Promise<boolean>;
  /** Notes it. To be called once they are; a failure costs a later environment some questions, no more. */
  noteScriptSet(sha256: string, scripts: readonly string[], budget: Budget): Promise<void>;
  /**
   * Stores what earlier invocations and earlier processes of this sandbox left: pending files, and a `lost`
   * record for each open marker of a dead process. Resolves to the number of objects stored.
   */
  retryPending(budget: Budget): Promise<number>;
  readonly markers: Markers;
  readonly breaker: CircuitBreaker;
  status(): DeliveryStatus;
  /** Closes idle connections. */
  close(): void;
}

export interface DeliveryOptions {
  settings: Settings;
  /** Read anew for each request: region, endpoint, credentials. */
  env: Record<string, string | undefined>;
  clock: Clock;
  log: Log;
  /** Default: see `sandboxFolder`. */
  tmpDir?: string;
  /** This process's. */
  environment: MarkedEnvironment;
  /** 0 to 1, for the jitter of retries; default `Math.random`. */
  random?: (() => number) | undefined;
}

/**
 * Use: `const delivery = createDelivery({ settings, env: process.env, clock: systemClock, log, environment })`.
 * `settings.s3Bucket` must be set: without a bucket there is nothing to deliver to.
 */
export function createDelivery(options: DeliveryOptions): Delivery {
  const bucket = options.settings.s3Bucket;
  if (bucket === undefined) throw new Error("COVERAGE_S3_BUCKET is not set");
  const directory = options.tmpDir ?? sandboxFolder(options.env);
  const parts: DeliveryParts = {
    ...options,
    bucket,
    client: createS3Client({ ...options, bucket }),
    fallback: createFallbackStore(join(directory, "pending")),
    markers: createMarkers(markersIn(directory), options.environment),
    tally: { s3: "unknown", pendingFiles: 0, droppedFiles: 0, storedFiles: 0 },
  };
  parts.tally.pendingFiles = parts.fallback.list().length;
  const breaker = createCircuitBreaker();
  return {
    storeCoverage: (file, budget) => storeCoverage(parts, file, budget),
    storeScript: (script, budget) => storeScript(parts, script, budget),
    hasScriptSet: (sha256, budget) => hasScriptSet(parts, sha256, budget),
    noteScriptSet: (sha256, scripts, budget) => noteScriptSet(parts, sha256, scripts, budget),
    retryPending: (budget) => retryPending(parts, budget),
    markers: parts.markers,
    breaker,
    status: () => ({ ...parts.tally, breakerOpen: breaker.open }),
    close: () => parts.client.close(),
  };
}
