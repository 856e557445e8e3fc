import { S3Error } from "./errors.ts";
import { type Listing, listKeys } from "./listing.ts";
import type { Bucket } from "./objects.ts";
import type { OperationTable, S3Answer, S3Call } from "./operations.ts";
import { type XmlTree, xmlDocument, xmlText, xmlTexts } from "./xml.ts";

const bucketNamePattern = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** The bucket, or S3's error where there is none. */
export function requireBucket(call: S3Call): Bucket {
  const bucket = call.store.buckets.get(call.bucket);
  if (bucket === undefined) throw new S3Error("NoSuchBucket", { elements: { BucketName: call.bucket } });
  return bucket;
}

export function xmlAnswer(root: string, tree: XmlTree): S3Answer {
  return { status: 200, headers: { "Content-Type": "application/xml" }, body: xmlDocument(root, tree) };
}

const isoTime = (ms: number) => new Date(ms).toISOString();
const owner = { ID: "local", DisplayName: "local" };

function createBucket(call: S3Call): S3Answer {
  if (!bucketNamePattern.test(call.bucket)) throw new S3Error("InvalidBucketName");
  if (call.store.buckets.has(call.bucket)) throw new S3Error("BucketAlreadyOwnedByYou");
  call.store.createBucket(call.bucket);
  return { status: 200, headers: { Location: `/${call.bucket}` } };
}

function deleteBucket(call: S3Call): S3Answer {
  if (requireBucket(call).size > 0) throw new S3Error("BucketNotEmpty");
  call.store.deleteBucket(call.bucket);
  return { status: 204 };
}

function listBuckets(call: S3Call): S3Answer {
  const buckets = [...call.store.buckets].map(([name, bucket]) => ({
    Name: name,
    CreationDate: isoTime(bucket.createdAt),
  }));
  return xmlAnswer("ListAllMyBucketsResult", { Owner: owner, Buckets: { Bucket: buckets } });
}

function listObjectsV2(call: S3Call): S3Answer {
  const { query } = call;
  const bucket = requireBucket(call);
  const token = query.get("continuation-token");
  const startAfter = query.get("start-after") ?? "";
  const after = token === null ? startAfter : readToken(token);
  const listing = listKeys(bucket, pageOf(query, after));
  const encode = keyEncoder(query);
  return xmlAnswer("ListBucketResult", {
    Name: call.bucket,
    Prefix: encode(query.get("prefix") ?? ""),
    Delimiter: optional(query.get("delimiter"), encode),
    MaxKeys: maxKeys(query),
    EncodingType: query.get("encoding-type") ?? undefined,
    KeyCount: listing.keys.length + listing.commonPrefixes.length,
    IsTruncated: listing.truncated,
    ContinuationToken: token ?? undefined,
    NextContinuationToken: listing.truncated ? writeToken(listing.last) : undefined,
    StartAfter: startAfter === "" ? undefined : encode(startAfter),
    Contents: contents(bucket, listing, encode, query.get("fetch-owner") === "true"),
    CommonPrefixes: listing.commonPrefixes.map((prefix) => ({ Prefix: encode(prefix) })),
  });
}

function listObjects(call: S3Call): S3Answer {
  const { query } = call;
  const bucket = requireBucket(call);
  const listing = listKeys(bucket, pageOf(query, query.get("marker") ?? ""));
  const encode = keyEncoder(query);
  return xmlAnswer("ListBucketResult", {
    Name: call.bucket,
    Prefix: encode(query.get("prefix") ?? ""),
    Marker: encode(query.get("marker") ?? ""),
    NextMarker: listing.truncated && query.has("delimiter") ? encode(listing.last) : undefined,
    Delimiter: optional(query.get("delimiter"), encode),
    MaxKeys: maxKeys(query),
    EncodingType: query.get("encoding-type") ?? undefined,
    IsTruncated: listing.truncated,
    Contents: contents(bucket, listing, encode, true),
    CommonPrefixes: listing.commonPrefixes.map((prefix) => ({ Prefix: encode(prefix) })),
  });
}

function pageOf(query: URLSearchParams, after: string) {
  return {
    prefix: query.get("prefix") ?? "",
    delimiter: query.get("delimiter") ?? "",
    after,
    limit: maxKeys(query),
  };
}

function contents(bucket: Bucket, listing: Listing, encode: (text: string) => string, withOwner: boolean) {
  return listing.keys.map((key) => {
    const object = bucket.get(key)!;
    return {
      Key: encode(key),
      LastModified: isoTime(object.lastModified),
      ETag: object.etag,
      ChecksumAlgorithm: Object.keys(object.checksums).map((name) => name.toUpperCase()),
      Size: object.body.length,
      Owner: withOwner ? owner : undefined,
      StorageClass: "STANDARD",
    };
  });
}

function maxKeys(query: URLSearchParams): number {
  const text = query.get("max-keys");
  if (text === null) return 1000;
  if (!/^\d+$/.test(text)) throw new S3Error("InvalidArgument", { message: "max-keys is not a number" });
  return Math.min(Number(text), 1000);
}

function keyEncoder(query: URLSearchParams): (text: string) => string {
  if (query.get("encoding-type") !== "url") return (text) => text;
  return (text) => encodeURIComponent(text).replaceAll("%2F", "/").replaceAll("%20", "+");
}

function optional(text: string | null, encode: (text: string) => string): string | undefined {
  return text === null ? undefined : encode(text);
}

/** Opaque to clients, as S3's is. */
const writeToken = (last: string) => Buffer.from(`1${last}`).toString("base64url");

function readToken(token: string): string {
  const text = Buffer.from(token, "base64url").toString();
  if (!text.startsWith("1")) {
    throw new S3Error("InvalidArgument", { message: "The continuation token provided is incorrect" });
  }
  return text.slice(1);
}

function deleteObjects(call: S3Call): S3Answer {
  requireBucket(call);
  const { payload } = call;
  if (call.headers["content-md5"] === undefined && Object.keys(payload.checksums).length === 0) {
    throw new S3Error("InvalidRequest", {
      message: "Missing required header for this request: Content-MD5 OR x-amz-checksum-*",
    });
  }
  const xml = payload.body.toString();
  const keys = xmlTexts(xml, "Object").map((object) => xmlText(object, "Key"));
  if (keys.length === 0 || keys.length > 1000 || keys.includes(undefined)) throw new S3Error("MalformedXML");
  const deleted: XmlTree[] = [];
  const errors: XmlTree[] = [];
  for (const key of keys as string[]) {
    if (call.may("s3:DeleteObject", `${call.bucket}/${key}`)) {
      call.store.delete(call.bucket, key);
      deleted.push({ Key: key });
    } else errors.push({ Key: key, Code: "AccessDenied", Message: "Access Denied" });
  }
  const quiet = xmlText(xml, "Quiet") === "true";
  return xmlAnswer("DeleteResult", { Deleted: quiet ? [] : deleted, Error: errors });
}

function listMultipartUploads(call: S3Call): S3Answer {
  requireBucket(call);
  const uploads = [...call.store.uploads].filter(([, upload]) => upload.bucket === call.bucket);
  return xmlAnswer("ListMultipartUploadsResult", {
    Bucket: call.bucket,
    MaxUploads: 1000,
    IsTruncated: false,
    Upload: uploads.map(([id, upload]) => ({ Key: upload.key, UploadId: id, StorageClass: "STANDARD" })),
  });
}

export const bucketOperations: OperationTable = {
  ListBuckets: { name: "ListBuckets", action: "s3:ListAllMyBuckets", run: listBuckets },
  CreateBucket: { name: "CreateBucket", action: "s3:CreateBucket", run: createBucket },
  DeleteBucket: { name: "DeleteBucket", action: "s3:DeleteBucket", run: deleteBucket },
  HeadBucket: {
    name: "HeadBucket",
    action: "s3:ListBucket",
    run: (call) => {
      requireBucket(call);
      return { status: 200, headers: { "x-amz-bucket-region": call.region } };
    },
  },
  GetBucketLocation: {
    name: "GetBucketLocation",
    action: "s3:GetBucketLocation",
    run: (call) => {
      requireBucket(call);
      const region = call.region === "us-east-1" ? "" : call.region;
      const xmlns = "http://s3.amazonaws.com/doc/2006-03-01/";
      const body = `<?xml version="1.0" encoding="UTF-8"?>\n<LocationConstraint xmlns="${xmlns}">${region}</LocationConstraint>`;
      return { status: 200, headers: { "Content-Type": "application/xml" }, body };
    },
  },
  GetBucketVersioning: {
    name: "GetBucketVersioning",
    action: "s3:GetBucketVersioning",
    run: (call) => {
      requireBucket(call);
      return xmlAnswer("VersioningConfiguration", {});
    },
  },
  ListObjectsV2: { name: "ListObjectsV2", action: "s3:ListBucket", run: listObjectsV2 },
  ListObjects: { name: "ListObjects", action: "s3:ListBucket", run: listObjects },
  /** Permission is checked per key. */
  DeleteObjects: { name: "DeleteObjects", action: "", run: deleteObjects },
  ListMultipartUploads: {
    name: "ListMultipartUploads",
    action: "s3:ListBucketMultipartUploads",
    run: listMultipartUploads,
  },
};
