/** Which S3 operation a request is, and which permission it needs. */
import type { ObjectStore, StoredObject } from "./objects.ts";
import type { Payload } from "./payload.ts";

export interface S3Call {
  method: string;
  bucket: string;
  key: string;
  query: URLSearchParams;
  headers: Record<string, string | undefined>;
  payload: Payload;
  store: ObjectStore;
  region: string;
  /** Wall clock of the server, ms. */
  now: number;
  /** Whether the caller may do a further thing, e.g. list (which decides between 403 and 404). */
  may(action: string, resource: string): boolean;
}

export interface S3Answer {
  status: number;
  headers?: Record<string, string>;
  body?: Buffer | string;
}

export interface Operation {
  name: string;
  /** IAM action; checked against `bucket` or `bucket/key`. */
  action: string;
  run(call: S3Call): S3Answer;
}

export type OperationTable = Record<string, Operation>;

interface Shape {
  method: string;
  hasBucket: boolean;
  hasKey: boolean;
  query: URLSearchParams;
  copies: boolean;
}

/** The name under which the operation stands in the table, or undefined. */
export function operationName(shape: Shape): string | undefined {
  const { method, query } = shape;
  const level = shape.hasKey ? "object" : shape.hasBucket ? "bucket" : "service";
  for (const [name, on, verb, parameters] of routes) {
    if (on !== level || verb !== method) continue;
    if (!parameters.every((parameter) => query.has(parameter))) continue;
    if (name === "CopyObject" && !shape.copies) continue;
    if (name === "UploadPartCopy" && !shape.copies) continue;
    return name;
  }
  return undefined;
}

/** First match counts: the more particular ones come first. */
const routes: readonly (readonly [string, "service" | "bucket" | "object", string, readonly string[]])[] = [
  ["ListBuckets", "service", "GET", []],
  ["GetBucketLocation", "bucket", "GET", ["location"]],
  ["GetBucketVersioning", "bucket", "GET", ["versioning"]],
  ["ListMultipartUploads", "bucket", "GET", ["uploads"]],
  ["ListObjectsV2", "bucket", "GET", ["list-type"]],
  ["ListObjects", "bucket", "GET", []],
  ["HeadBucket", "bucket", "HEAD", []],
  ["CreateBucket", "bucket", "PUT", []],
  ["DeleteBucket", "bucket", "DELETE", []],
  ["DeleteObjects", "bucket", "POST", ["delete"]],
  ["CreateMultipartUpload", "object", "POST", ["uploads"]],
  ["CompleteMultipartUpload", "object", "POST", ["uploadId"]],
  ["AbortMultipartUpload", "object", "DELETE", ["uploadId"]],
  ["ListParts", "object", "GET", ["uploadId"]],
  ["UploadPartCopy", "object", "PUT", ["partNumber", "uploadId"]],
  ["UploadPart", "object", "PUT", ["partNumber", "uploadId"]],
  ["CopyObject", "object", "PUT", []],
  ["PutObject", "object", "PUT", []],
  ["GetObject", "object", "GET", []],
  ["HeadObject", "object", "HEAD", []],
  ["DeleteObject", "object", "DELETE", []],
];

export function objectHeaders(object: StoredObject): Record<string, string> {
  return {
    ...object.headers,
    ETag: object.etag,
    "Last-Modified": new Date(object.lastModified).toUTCString(),
  };
}
