/** What delivery does with files: store one, store by content once, store what was left behind. */
import { gzipSync } from "node:zlib";
import { formatLostKey, formatScriptSetKey } from "../../../contract/object-keys.ts";
import type { DeliveryStatus } from "../../shared/delivery-status.ts";
import type { Budget } from "../../shared/hold-budget.ts";
import type { DeliveryOptions } from "./delivery.ts";
import type { FallbackStore, PendingEntry, PendingFile } from "./fallback-store.ts";
import { lostRecord, type Markers } from "./markers.ts";
import { remedyFor } from "./remedies.ts";
import type { S3Client, S3Outcome, S3Request } from "./s3-client.ts";
import { logFailure, logResult, roundMs, writeMetrics } from "./upload-lines.ts";
import type { ContentOutcome, ContentUpload, CoverageUpload, DeliveryResult } from "./uploads.ts";

export interface DeliveryParts extends DeliveryOptions {
  bucket: string;
  client: S3Client;
  fallback: FallbackStore;
  markers: Markers;
  tally: Omit<DeliveryStatus, "breakerOpen">;
}

/** Nothing is ever overwritten: the bucket's policy may refuse whoever does not say so. */
const fileHeaders = {
  "content-type": "application/json",
  "content-encoding": "gzip",
  "if-none-match": "*",
};

/**
 * A 412 says that the key is taken. Coverage files and lost records have keys that only this sandbox makes: an
 * earlier try has arrived, and its answer has not.
 */
async function putOnce(parts: DeliveryParts, request: PutRequest, budget: Budget): Promise<S3Outcome> {
  const sent = await parts.client.send({ method: "PUT", headers: fileHeaders, ...request }, budget);
  if (sent.ok || sent.error.httpStatus !== 412) return sent;
  return { ok: true, attempts: sent.attempts };
}

type PutRequest = Pick<S3Request, "key" | "body" | "maxAttempts">;

export async function storeCoverage(
  parts: DeliveryParts,
  file: CoverageUpload,
  budget: Budget,
): Promise<DeliveryResult> {
  const { clock } = parts;
  const startedAt = clock.now();
  const sent = await putOnce(parts, { key: file.key, body: file.body }, budget);
  noteOutcome(parts, file.key, sent);
  const outcome = sent.ok ? noteStored(parts, file) : keepForLater(parts, file);
  const result: DeliveryResult = {
    outcome,
    attempts: sent.attempts,
    uploadTimeMs: roundMs(clock.now() - startedAt),
    fileSize: file.body.byteLength,
    s3Key: file.key,
    ...(sent.ok ? {} : { error: sent.error }),
  };
  parts.tally.lastUpload = {
    at: new Date(clock.wallTime()).toISOString(),
    s3Key: file.key,
    fileSize: result.fileSize,
    outcome,
    uploadTimeMs: result.uploadTimeMs,
  };
  logResult(parts, file, result);
  if (parts.settings.metrics) writeMetrics(parts, file, result);
  return result;
}

/**
 * What is named by its content lies in the bucket once. HEAD needs s3:GetObject and answers 403 for a missing key without
 * s3:ListBucket, so anything but 200 means: put it unless it is there (412).
 */
export async function storeContent(
  parts: DeliveryParts,
  content: ContentUpload,
  budget: Budget,
): Promise<ContentOutcome> {
  const { key, failure } = content;
  if (content.likelyMissing !== true) {
    const head = await parts.client.send({ method: "HEAD", key, maxAttempts: 1 }, budget);
    if (head.ok) return "exists";
  }
  const body = typeof content.body === "function" ? content.body() : content.body;
  if (body === undefined) {
    parts.log.warn("Script file is gone or has changed since it ran: its coverage cannot be mapped", {
      details: { s3_key: key },
    });
    return "gone";
  }
  const put = await parts.client.send({ method: "PUT", key, headers: fileHeaders, body }, budget);
  if (put.ok) return "stored";
  if (put.error.httpStatus === 412) return "exists";
  noteOutcome(parts, key, put);
  logFailure(parts, {
    ...failure,
    key,
    attempts: put.attempts,
    error: put.error,
    more: { outcome: "retried later" },
  });
  return "failed";
}

export async function hasScriptSet(parts: DeliveryParts, sha256: string, budget: Budget): Promise<boolean> {
  const key = formatScriptSetKey(sha256);
  return (await parts.client.send({ method: "HEAD", key, maxAttempts: 1 }, budget)).ok;
}

export async function noteScriptSet(
  parts: DeliveryParts,
  sha256: string,
  scripts: readonly string[],
  budget: Budget,
): Promise<void> {
  const key = formatScriptSetKey(sha256);
  await putOnce(parts, { key, body: gzipSync(JSON.stringify({ scripts })) }, budget);
}

export async function retryPending(parts: DeliveryParts, budget: Budget): Promise<number> {
  const stored = parts.tally.pendingFiles === 0 ? 0 : await storePendingFiles(parts, budget);
  // Without them all stored, a marker may still belong to one of them.
  return parts.tally.pendingFiles > 0 ? stored : stored + (await storeLostRecords(parts, budget));
}

async function storePendingFiles(parts: DeliveryParts, budget: Budget): Promise<number> {
  let stored = 0;
  for (const entry of parts.fallback.list()) {
    const file = parts.fallback.load(entry);
    if (file !== undefined) {
      const sent = await putOnce(parts, { key: file.key, body: file.body, maxAttempts: 1 }, budget);
      noteOutcome(parts, file.key, sent);
      if (!sent.ok) return stored;
      parts.fallback.remove(entry);
      noteStored(parts, file);
      stored++;
    }
    parts.tally.pendingFiles = parts.fallback.list().length;
  }
  return stored;
}

async function storeLostRecords(parts: DeliveryParts, budget: Budget): Promise<number> {
  let stored = 0;
  for (const marker of parts.markers.lost()) {
    const key = formatLostKey(marker.key, marker.sequence);
    const body = gzipSync(JSON.stringify(lostRecord(marker)));
    const sent = await putOnce(parts, { key, body, maxAttempts: 1 }, budget);
    if (!sent.ok) return stored;
    parts.markers.close(marker.environmentId, marker.sequence);
    parts.log.warn("Coverage of an earlier invocation is lost", {
      request_id: marker.requestId,
      details: { s3_key: key, reason: marker.reason },
    });
    stored++;
  }
  return stored;
}

function noteStored(parts: DeliveryParts, file: PendingFile): "stored" {
  parts.tally.storedFiles++;
  parts.markers.close(file.environmentId, file.sequence);
  return "stored";
}

function keepForLater(parts: DeliveryParts, file: CoverageUpload): "pending" | "dropped" {
  const { key, body, environmentId, sequence, requestId } = file;
  const kept = parts.fallback.save({ key, body, environmentId, sequence, requestId }, parts.clock.wallTime());
  for (const entry of kept.dropped) noteDropped(parts, entry);
  parts.tally.pendingFiles = parts.fallback.list().length;
  if (kept.saved) return "pending";
  noteDropped(parts, file);
  return "dropped";
}

function noteDropped(parts: DeliveryParts, file: Pick<PendingEntry, "environmentId" | "sequence">): void {
  parts.tally.droppedFiles++;
  parts.markers.markLost(file.environmentId, file.sequence, "fallback-full");
}

function noteOutcome(parts: DeliveryParts, key: string, sent: S3Outcome): void {
  parts.tally.s3 = sent.ok ? "ok" : "failing";
  if (sent.ok) {
    delete parts.tally.lastError;
    return;
  }
  const remedy = remedyFor(sent.error, parts.bucket, key);
  parts.tally.lastError = remedy === undefined ? sent.error : { ...sent.error, remedy };
}
