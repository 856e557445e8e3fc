import { HeadBucketCommand, ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
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

/** Coverage files of a function under today's and yesterday's folders, at most 1000 of each. */
export async function countRecentFiles(
  s3: S3Client,
  { bucket, prefix, functionName, now }: FilesOf,
): Promise<number> {
  let count = 0;
  for (const at of [now, new Date(now.getTime() - dayMs)]) {
    const folder = `${normalisePrefix(prefix)}${at.toISOString().slice(0, 10).replaceAll("-", "/")}/`;
    const Prefix = `${folder}${sanitiseKeyPart(functionName)}-`;
    const page = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix }));
    count += page.KeyCount ?? 0;
  }
  return count;
}
