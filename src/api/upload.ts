/** Storing a coverage file by hand, by the same client, keys and retries as the agent's. */
import { gzipSync } from "node:zlib";
import { systemClock } from "../agent/worker/delivery/clock.ts";
import { defaultRegion } from "../agent/worker/delivery/endpoint.ts";
import { remedyFor } from "../agent/worker/delivery/remedies.ts";
import { createS3Client } from "../agent/worker/delivery/s3-client.ts";
import { formatCoverageKey } from "../contract/object-keys.ts";
import { settingsTable } from "../contract/settings.ts";
import { CoverageConfig } from "./coverage-config.ts";
import { S3UploadError } from "./errors.ts";

export interface UploadOptions {
  /** A coverage file's bytes, gzip'd or not: it is stored gzip'd. */
  coverageData: Uint8Array;
  functionName: string;
  executionId: string;
  /** Default: the environment's. */
  config?: CoverageConfig;
}

/** In the spec's names. */
export interface UploadResult {
  s3_key: string;
  bucket: string;
  /** Bytes as stored. */
  file_size: number;
  upload_time_ms: number;
  success: true;
}

/**
 * Puts one coverage file into the bucket: 3 attempts with exponential backoff within COVERAGE_UPLOAD_TIMEOUT.
 * Nothing is overwritten. Rejects with an S3UploadError (`UploadFailed`; `details.error_code` is S3's own,
 * `details.remedy` what to do) or a CoverageInitializationError.
 */
export async function uploadCoverageFile(options: UploadOptions): Promise<UploadResult> {
  const { coverageData, functionName, executionId } = options;
  const config = options.config ?? CoverageConfig.fromEnvironment();
  const key = generateS3Key({ functionName, executionId, prefix: config.s3Prefix });
  const body = isGzip(coverageData) ? coverageData : gzipSync(coverageData);
  const client = createS3Client({ bucket: config.s3Bucket, env: process.env, clock: systemClock });
  const startedAt = systemClock.now();
  const headers = { "content-type": "application/json", "content-encoding": "gzip", "if-none-match": "*" };
  const budget = { deadlineAt: startedAt + config.uploadTimeout * 1000 };
  const sent = await client.send({ method: "PUT", key, headers, body }, budget);
  client.close();
  // A key that is taken after a try that got no answer: the try has arrived.
  const arrivedBefore = !sent.ok && sent.error.httpStatus === 412 && sent.attempts > 1;
  if (!sent.ok && !arrivedBefore) {
    const { code, message, httpStatus } = sent.error;
    const remedy = remedyFor(sent.error, config.s3Bucket, key);
    throw new S3UploadError(`${key} could not be stored in ${config.s3Bucket}: ${message} (${code})`, {
      code: "UploadFailed",
      details: {
        s3_key: key,
        bucket: config.s3Bucket,
        error_code: code,
        http_status: httpStatus,
        retry_count: sent.attempts,
        remedy,
      },
    });
  }
  const uploadTimeMs = Math.round(systemClock.now() - startedAt);
  return {
    s3_key: key,
    bucket: config.s3Bucket,
    file_size: body.byteLength,
    upload_time_ms: uploadTimeMs,
    success: true,
  };
}

function isGzip(data: Uint8Array): boolean {
  return data[0] === 0x1f && data[1] === 0x8b;
}

export interface S3KeyOptions {
  functionName: string;
  executionId: string;
  /** Default `coverage/`. */
  prefix?: string;
  /** Default: now. */
  timestamp?: Date;
}

/** `{prefix}YYYY/MM/DD/{function}-{execution id}.coverage`, UTC; what could steer a key is replaced. */
export function generateS3Key(options: S3KeyOptions): string {
  const {
    functionName,
    executionId,
    prefix = settingsTable.s3Prefix.default,
    timestamp = new Date(),
  } = options;
  return formatCoverageKey({ prefix, functionName, executionId, date: timestamp });
}

export interface S3Config {
  bucket: string;
  prefix: string;
  /** Seconds. */
  timeout: number;
  region: string;
}

/** Throws a CoverageInitializationError where a variable is missing or wrong. */
export function getS3Config(): S3Config {
  const { s3Bucket, s3Prefix, uploadTimeout } = CoverageConfig.fromEnvironment();
  const region = process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION || defaultRegion;
  return { bucket: s3Bucket, prefix: s3Prefix, timeout: uploadTimeout, region };
}
