/**
 * Delivery of coverage files and script files to S3, within a budget, whatever S3 and the network do.
 * Nothing here throws or rejects: every outcome is a value, counted and logged.
 * Runs in the agent's worker thread; does no thread-pool work (a function may run with
 * UV_THREADPOOL_SIZE=1, where the runtime's native `/next` holds the only pool thread).
 */
import { join } from "node:path";
import type { Settings } from "../../../contract/settings.ts";
import type { DeliveryStatus } from "../../shared/delivery-status.ts";
import type { Budget } from "../../shared/hold-budget.ts";
import type { Log } from "../../shared/log.ts";
import { markersIn, sandboxFolder } from "../../shared/open-marker.ts";
import { type CircuitBreaker, createCircuitBreaker } from "./circuit-breaker.ts";
import type { Clock } from "./clock.ts";
import { createFallbackStore } from "./fallback-store.ts";
import { createMarkers, type MarkedEnvironment, type Markers } from "./markers.ts";
import { createS3Client } from "./s3-client.ts";
import {
  type DeliveryParts,
  hasScriptSet,
  noteScriptSet,
  retryPending,
  storeContent,
  storeCoverage,
} from "./store-files.ts";
import type { ContentOutcome, ContentUpload, CoverageUpload, DeliveryResult } from "./uploads.ts";

export interface Delivery {
  /** Retries within the budget, falls back to /tmp, writes the log line and metrics; never rejects. */
  storeCoverage(file: CoverageUpload, budget: Budget): Promise<DeliveryResult>;
  /** Stores an object that is named by its content, unless it is there. */
  storeContent(content: ContentUpload, budget: Budget): Promise<ContentOutcome>;
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
    storeContent: (content, budget) => storeContent(parts, content, budget),
    hasScriptSet: (sha256, budget) => hasScriptSet(parts, sha256, budget),
    noteScriptSet: (sha256, scripts, budget) => noteScriptSet(parts, sha256, scripts, budget),
    retryPending: (budget) => retryPending(parts, budget),
    markers: parts.markers,
    breaker,
    status: () => ({ ...parts.tally, breakerOpen: breaker.open }),
    close: () => parts.client.close(),
  };
}
