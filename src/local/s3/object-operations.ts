import { requireBucket, xmlAnswer } from "./bucket-operations.ts";
import { checksumHeader } from "./checksums.ts";
import { S3Error } from "./errors.ts";
import type { StoredObject } from "./objects.ts";
import { type OperationTable, objectHeaders, type S3Answer, type S3Call } from "./operations.ts";
import { uriEncode } from "./sigv4.ts";

const keptHeaders = [
  "content-type",
  "content-encoding",
  "content-language",
  "content-disposition",
  "cache-control",
  "expires",
];
const maxKeyBytes = 1024;

/** What PUT keeps of a request's headers. `aws-chunked` is the transport's, not the object's. */
export function headersToKeep(headers: S3Call["headers"]): Record<string, string> {
  const kept: Record<string, string> = { "content-type": "binary/octet-stream" };
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    if (keptHeaders.includes(name) || name.startsWith("x-amz-meta-")) kept[name] = value;
  }
  const encodings = (kept["content-encoding"] ?? "").split(",").map((one) => one.trim());
  const own = encodings.filter((one) => one !== "" && one !== "aws-chunked").join(",");
  if (own === "") delete kept["content-encoding"];
  else kept["content-encoding"] = own;
  return kept;
}

export function checksumHeaders(checksums: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(checksums).map(([name, value]) => [checksumHeader(name as never), value]),
  );
}

function putObject(call: S3Call): S3Answer {
  const bucket = requireBucket(call);
  if (Buffer.byteLength(call.key) > maxKeyBytes) throw new S3Error("KeyTooLongError");
  checkWriteConditions(call, bucket.get(call.key));
  const object = call.store.put(call.bucket, {
    key: call.key,
    body: call.payload.body,
    lastModified: call.now,
    headers: headersToKeep(call.headers),
    checksums: call.payload.checksums,
  });
  return { status: 200, headers: { ETag: object.etag, ...checksumHeaders(object.checksums) } };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
export function checkWriteConditions(call: S3Call, existing: StoredObject | undefined): void {
  const ifNoneMatch = call.headers["if-none-match"];
  const ifMatch = call.headers["if-match"];
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch !== "*") throw new S3Error("NotImplemented");
    if (existing !== undefined) {
      throw new S3Error("PreconditionFailed", { elements: { Condition: "If-None-Match" } });
    }
  }
  if (ifMatch !== undefined) {
    if (existing === undefined) throw new S3Error("NoSuchKey", { elements: { Key: call.key } });
    if (!sameEtag(ifMatch, existing.etag)) {
      throw new S3Error("PreconditionFailed", { elements: { Condition: "If-Match" } });
    }
  }
}

const sameEtag = (a: string, b: string) => a === "*" || a.replaceAll('"', "") === b.replaceAll('"', "");

function requireObject(call: S3Call): StoredObject {
  const object = requireBucket(call).get(call.key);
  if (object !== undefined) return object;
  // Who may not list learns nothing about what is missing.
  if (!call.may("s3:ListBucket", call.bucket)) throw new S3Error("AccessDenied");
  throw new S3Error("NoSuchKey", { elements: { Key: call.key } });
}

function getObject(call: S3Call): S3Answer {
  const object = requireObject(call);
  checkReadConditions(call, object);
  const headers: Record<string, string> = { ...objectHeaders(object), "Accept-Ranges": "bytes" };
  for (const [name, value] of call.query) {
    const overridden = /^response-(.*)$/.exec(name)?.[1];
    if (overridden !== undefined && keptHeaders.includes(overridden)) headers[overridden] = value;
  }
  const range = call.headers.range === undefined ? undefined : byteRange(call.headers.range, object);
  if (range === undefined) {
    const wantsChecksum = call.headers["x-amz-checksum-mode"]?.toUpperCase() === "ENABLED";
    if (wantsChecksum) Object.assign(headers, checksumHeaders(object.checksums));
    return { status: 200, headers, body: object.body };
  }
  headers["Content-Range"] = `bytes ${range.first}-${range.last}/${object.body.length}`;
  return { status: 206, headers, body: object.body.subarray(range.first, range.last + 1) };
}

function checkReadConditions(call: S3Call, object: StoredObject): void {
  const { headers } = call;
  if (headers["if-match"] !== undefined && !sameEtag(headers["if-match"], object.etag)) {
    throw new S3Error("PreconditionFailed", { elements: { Condition: "If-Match" } });
  }
  const second = Math.floor(object.lastModified / 1000) * 1000;
  if (headers["if-none-match"] !== undefined) {
    if (sameEtag(headers["if-none-match"], object.etag)) throw new S3Error("NotModified");
  } else if (
    headers["if-modified-since"] !== undefined &&
    second <= Date.parse(headers["if-modified-since"])
  ) {
    throw new S3Error("NotModified");
  }
}

/** Undefined for what is no byte range: then the whole object is the answer. */
function byteRange(text: string, object: StoredObject): { first: number; last: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(text.trim());
  if (match === null || (match[1] === "" && match[2] === "")) return undefined;
  const size = object.body.length;
  const first = match[1] === "" ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const last = match[1] === "" || match[2] === "" ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (first >= size || first > last) {
    throw new S3Error("InvalidRange", {
      elements: { RangeRequested: text, ActualObjectSize: String(size) },
      headers: { "Content-Range": `bytes */${size}` },
    });
  }
  return { first, last };
}

function headObject(call: S3Call): S3Answer {
  const answer = getObject(call);
  const length = Buffer.byteLength(answer.body ?? "");
  return { status: answer.status, headers: { ...answer.headers, "Content-Length": String(length) } };
}

function deleteObject(call: S3Call): S3Answer {
  requireBucket(call);
  call.store.delete(call.bucket, call.key);
  return { status: 204 };
}

/** The object that x-amz-copy-source names, if the caller may read it. */
export function copySource(call: S3Call): StoredObject {
  const text = decodeURIComponent(call.headers["x-amz-copy-source"] ?? "").replace(/^\//, "");
  const slash = text.indexOf("/");
  const bucket = call.store.buckets.get(text.slice(0, slash));
  const key = text.slice(slash + 1).replace(/\?versionId=.*$/, "");
  if (slash < 1 || key === "") throw new S3Error("InvalidArgument", { message: "Invalid copy source" });
  if (!call.may("s3:GetObject", `${text.slice(0, slash)}/${key}`)) throw new S3Error("AccessDenied");
  if (bucket === undefined) throw new S3Error("NoSuchBucket");
  const object = bucket.get(key);
  if (object === undefined) throw new S3Error("NoSuchKey", { elements: { Key: uriEncode(key) } });
  return object;
}

function copyObject(call: S3Call): S3Answer {
  const bucket = requireBucket(call);
  const source = copySource(call);
  checkWriteConditions(call, bucket.get(call.key));
  const replace = call.headers["x-amz-metadata-directive"] === "REPLACE";
  const object = call.store.put(call.bucket, {
    key: call.key,
    body: source.body,
    lastModified: call.now,
    headers: replace ? headersToKeep(call.headers) : source.headers,
    checksums: source.checksums,
  });
  return xmlAnswer("CopyObjectResult", {
    ETag: object.etag,
    LastModified: new Date(object.lastModified).toISOString(),
  });
}

export const objectOperations: OperationTable = {
  PutObject: { name: "PutObject", action: "s3:PutObject", run: putObject },
  CopyObject: { name: "CopyObject", action: "s3:PutObject", run: copyObject },
  GetObject: { name: "GetObject", action: "s3:GetObject", run: getObject },
  HeadObject: { name: "HeadObject", action: "s3:GetObject", run: headObject },
  DeleteObject: { name: "DeleteObject", action: "s3:DeleteObject", run: deleteObject },
};
