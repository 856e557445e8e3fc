/** What a combiner function's event asks for. */
import { sanitiseKeyPart } from "../contract/object-keys.ts";
import { readSettings } from "../contract/settings.ts";
import { bucketMissing } from "./coverage-config.ts";
import { CoverageCombineError } from "./errors.ts";

export interface CombinerRequest {
  bucket: string;
  prefix: string;
  outputKey?: string;
  resumeKey?: string;
  startAfter?: string;
}

type Fields = Record<string, unknown>;

/**
 * Direct events win over `detail` of EventBridge, an S3 notification gives its bucket, and what is left open
 * comes from COVERAGE_S3_BUCKET and COVERAGE_S3_PREFIX. Throws `InvalidEvent` or `BucketMissing`.
 */
export function combinerRequest(event: unknown, env: Record<string, string | undefined>): CombinerRequest {
  const { settings } = readSettings(env);
  const fields = askedFor(event);
  const bucket = text(fields, "bucket") ?? settings.s3Bucket;
  if (bucket === undefined) throw bucketMissing();
  const prefix = text(fields, "prefix") ?? settings.s3Prefix;
  const outputKey = text(fields, "output_key");
  const resumeKey = text(fields, "resume_key");
  const startAfter = text(fields, "start_after");
  return {
    bucket,
    prefix,
    ...(outputKey !== undefined && { outputKey }),
    ...(resumeKey !== undefined && { resumeKey }),
    ...(startAfter !== undefined && { startAfter }),
  };
}

function askedFor(event: unknown): Fields {
  if (!isFields(event)) return {};
  const s3 = s3Bucket(event);
  if (s3 !== undefined) return { bucket: s3 };
  const { detail } = event;
  if (!isFields(detail) || typeof event["detail-type"] !== "string") return event;
  // S3 through EventBridge: `{ detail: { bucket: { name }, object: { key } } }`.
  return isFields(detail.bucket) ? { bucket: detail.bucket.name } : detail;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
function s3Bucket(event: Fields): unknown {
  const record = Array.isArray(event.Records) ? event.Records[0] : undefined;
  if (!isFields(record) || !isFields(record.s3) || !isFields(record.s3.bucket)) return undefined;
  return record.s3.bucket.name;
}

function text(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value === "string" && value.length <= 1024) return value;
  throw new CoverageCombineError(`The event's ${name} is no text of at most 1024 characters`, {
    code: "InvalidEvent",
    details: { field: sanitiseKeyPart(name) },
  });
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
