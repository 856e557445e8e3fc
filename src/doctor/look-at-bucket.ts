import { gunzipSync } from "node:zlib";
import { GetObjectCommand, HeadBucketCommand, ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
import type { CoverageFile } from "../contract/coverage-file.ts";
import { normalisePrefix, sanitiseKeyPart } from "../contract/object-keys.ts";
import type { BucketFacts } from "./function-facts.ts";

interface S3Failure {
  $metadata?: { httpStatusCode?: number };
  $response?: { headers?: Record<string, string> };
}

/** Whether the bucket is there and where; a bucket that may not be read is there all the same. */
export async function lookAtBucket(s3: S3Client, bucket: string): Promise<BucketFacts> {
  try {
    const found = await s3.send(new HeadBucketCommand({ Bucket: bucket }));
    return { exists: true, ...(found.BucketRegion === undefined ? {} : { region: found.BucketRegion }) };
  } catch (error) {
    const { $metadata, $response } = error as S3Failure;
    const region = $response?.headers?.["x-amz-bucket-region"];
    if ($metadata?.httpStatusCode === 404) return { exists: false };
    if ($metadata?.httpStatusCode === 403 || region !== undefined) {
      return { exists: true, ...(region === undefined ? {} : { region }) };
    }
    throw error;
  }
}

const dayMs = 24 * 60 * 60 * 1000;

export interface FilesOf {
  bucket: string;
  prefix: string;
  functionName: string;
  now: Date;
}

/** Coverage files of a function under today's and yesterday's folders: how many, at most 1000 of each, and the last. */
export async function listRecentFiles(
  s3: S3Client,
  { bucket, prefix, functionName, now }: FilesOf,
): Promise<{ count: number; newest: string | undefined }> {
  let count = 0;
  let newest: string | undefined;
  for (const at of [now, new Date(now.getTime() - dayMs)]) {
    const folder = `${normalisePrefix(prefix)}${at.toISOString().slice(0, 10).replaceAll("-", "/")}/`;
    const Prefix = `${folder}${sanitiseKeyPart(functionName)}-`;
    const page = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix }));
    count += page.KeyCount ?? 0;
    newest ??= page.Contents?.at(-1)?.Key;
  }
  return { count, newest };
}

/** How long each invocation of a coverage file kept the main thread busy on average, by V8's block counters. */
export async function busyMsOf(s3: S3Client, bucket: string, key: string): Promise<number> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
  const { granularity, invocations, scripts } = JSON.parse(
    gunzipSync(bytes).toString("utf8"),
  ) as CoverageFile;
  const isByBlocks = granularity === "block" && scripts.some(({ kind }) => kind === "v8");
  if (!isByBlocks || invocations.length === 0) return 0;
  return invocations.reduce((sum, { busyMs = 0 }) => sum + busyMs, 0) / invocations.length;
}
