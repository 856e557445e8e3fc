import { createHash } from "node:crypto";
import { requireBucket, xmlAnswer } from "./bucket-operations.ts";
import { type ChecksumAlgorithm, checksumAlgorithms } from "./checksums.ts";
import { S3Error } from "./errors.ts";
import { checksumHeaders, checkWriteConditions, copySource, headersToKeep } from "./object-operations.ts";
import { type MultipartUpload, md5Etag } from "./objects.ts";
import type { OperationTable, S3Answer, S3Call } from "./operations.ts";
import { xmlText, xmlTexts } from "./xml.ts";

const maxPartNumber = 10_000;
/** All parts but the last. https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const minPartBytes = 5 * 1024 * 1024;

function createUpload(call: S3Call): S3Answer {
  requireBucket(call);
  const { bucket, key } = call;
  const id = call.store.startUpload({ bucket, key, headers: headersToKeep(call.headers) });
  return xmlAnswer("InitiateMultipartUploadResult", { Bucket: bucket, Key: key, UploadId: id });
}

function requireUpload(call: S3Call): MultipartUpload {
  const upload = call.store.uploads.get(call.query.get("uploadId") ?? "");
  if (upload === undefined || upload.bucket !== call.bucket || upload.key !== call.key) {
    throw new S3Error("NoSuchUpload");
  }
  return upload;
}

function partNumber(call: S3Call): number {
  const number = Number(call.query.get("partNumber"));
  if (!Number.isInteger(number) || number < 1 || number > maxPartNumber) {
    throw new S3Error("InvalidArgument", { message: "Part number must be an integer between 1 and 10000" });
  }
  return number;
}

function uploadPart(call: S3Call): S3Answer {
  const { body, checksums } = call.payload;
  const part = { body, etag: md5Etag(body), checksums };
  requireUpload(call).parts.set(partNumber(call), part);
  return { status: 200, headers: { ETag: part.etag, ...checksumHeaders(checksums) } };
}

function uploadPartCopy(call: S3Call): S3Answer {
  const source = copySource(call);
  const range = /^bytes=(\d+)-(\d+)$/.exec(call.headers["x-amz-copy-source-range"] ?? "");
  const body = range === null ? source.body : source.body.subarray(Number(range[1]), Number(range[2]) + 1);
  const part = { body, etag: md5Etag(body), checksums: {} };
  requireUpload(call).parts.set(partNumber(call), part);
  return xmlAnswer("CopyPartResult", { ETag: part.etag, LastModified: new Date(call.now).toISOString() });
}

function completeUpload(call: S3Call): S3Answer {
  const upload = requireUpload(call);
  checkWriteConditions(call, requireBucket(call).get(call.key));
  const wanted = xmlTexts(call.payload.body.toString(), "Part").map((part) => ({
    number: Number(xmlText(part, "PartNumber")),
    etag: (xmlText(part, "ETag") ?? "").replaceAll('"', ""),
  }));
  if (wanted.length === 0) throw new S3Error("MalformedXML");
  if (wanted.some((part, i) => i > 0 && part.number <= wanted[i - 1]!.number)) {
    throw new S3Error("InvalidPartOrder");
  }
  const parts = wanted.map(({ number, etag }) => {
    const part = upload.parts.get(number);
    if (part === undefined || part.etag.replaceAll('"', "") !== etag) throw new S3Error("InvalidPart");
    return part;
  });
  if (parts.slice(0, -1).some((part) => part.body.length < minPartBytes)) throw new S3Error("EntityTooSmall");
  const digests = parts.map((part) => Buffer.from(part.etag.replaceAll('"', ""), "hex"));
  const etag = `"${createHash("md5").update(Buffer.concat(digests)).digest("hex")}-${parts.length}"`;
  const object = call.store.put(call.bucket, {
    key: call.key,
    body: Buffer.concat(parts.map((part) => part.body)),
    etag,
    lastModified: call.now,
    headers: upload.headers,
    checksums: compositeChecksums(parts.map((part) => part.checksums)),
  });
  call.store.uploads.delete(call.query.get("uploadId") as string);
  return xmlAnswer("CompleteMultipartUploadResult", {
    Location: `/${call.bucket}/${call.key}`,
    Bucket: call.bucket,
    Key: call.key,
    ETag: object.etag,
  });
}

/** The checksum of the parts' checksums, `-<parts>`, where every part has one. */
function compositeChecksums(parts: Record<string, string>[]): Record<string, string> {
  const composite: Record<string, string> = {};
  for (const name of Object.keys(parts[0] ?? {}) as ChecksumAlgorithm[]) {
    if (!parts.every((part) => part[name] !== undefined)) continue;
    const all = Buffer.concat(parts.map((part) => Buffer.from(part[name] as string, "base64")));
    composite[name] = `${checksumAlgorithms[name](all).toString("base64")}-${parts.length}`;
  }
  return composite;
}

function listParts(call: S3Call): S3Answer {
  const parts = [...requireUpload(call).parts].sort(([a], [b]) => a - b);
  return xmlAnswer("ListPartsResult", {
    Bucket: call.bucket,
    Key: call.key,
    UploadId: call.query.get("uploadId") ?? "",
    IsTruncated: false,
    Part: parts.map(([number, part]) => ({ PartNumber: number, ETag: part.etag, Size: part.body.length })),
  });
}

export const multipartOperations: OperationTable = {
  CreateMultipartUpload: { name: "CreateMultipartUpload", action: "s3:PutObject", run: createUpload },
  UploadPart: { name: "UploadPart", action: "s3:PutObject", run: uploadPart },
  UploadPartCopy: { name: "UploadPartCopy", action: "s3:PutObject", run: uploadPartCopy },
  CompleteMultipartUpload: { name: "CompleteMultipartUpload", action: "s3:PutObject", run: completeUpload },
  ListParts: { name: "ListParts", action: "s3:ListMultipartUploadParts", run: listParts },
  AbortMultipartUpload: {
    name: "AbortMultipartUpload",
    action: "s3:AbortMultipartUpload",
    run: (call) => {
      requireUpload(call);
      call.store.uploads.delete(call.query.get("uploadId") as string);
      return { status: 204 };
    },
  },
};
