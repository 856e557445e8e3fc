/**
 * A request's body as the client meant it: unchunked, its hash, chunk signatures and checksums checked.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 */
import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { type ChecksumAlgorithm, checksumAlgorithms, checksumHeader, checksumNames } from "./checksums.ts";
import { S3Error } from "./errors.ts";
import { type Authentication, equalHex, hmac, sha256Hex } from "./sigv4.ts";

export interface Payload {
  body: Buffer;
  /** Checksums that the client sent, checked; base64. */
  checksums: Partial<Record<ChecksumAlgorithm, string>>;
}

export function readPayload(raw: Buffer, headers: IncomingHttpHeaders, auth: Authentication): Payload {
  const { payloadHash } = auth;
  const streaming = payloadHash.startsWith("STREAMING-");
  const { body, trailers } = streaming ? unchunk(raw, auth) : { body: raw, trailers: {} };
  if (streaming) checkLength(body, headers);
  else if (payloadHash !== "UNSIGNED-PAYLOAD" && payloadHash !== sha256Hex(body)) {
    throw new S3Error("XAmzContentSHA256Mismatch", {
      elements: { ClientComputedContentSHA256: payloadHash, S3ComputedContentSHA256: sha256Hex(body) },
    });
  }
  checkMd5(body, headers["content-md5"] as string | undefined);
  const announced = headers["x-amz-trailer"];
  for (const name of announced === undefined ? [] : String(announced).split(",")) {
    if (trailers[name.trim().toLowerCase()] === undefined) {
      throw new S3Error("InvalidRequest", { message: `The announced trailer ${name.trim()} is missing` });
    }
  }
  return { body, checksums: checkedChecksums(body, { ...headers, ...trailers }) };
}

const streamingKinds = {
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD": { signed: true, trailer: false },
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER": { signed: true, trailer: true },
  "STREAMING-UNSIGNED-PAYLOAD-TRAILER": { signed: false, trailer: true },
} as const;

/** Of all chunks but the last: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html */
const minChunkBytes = 8192;

function unchunk(raw: Buffer, auth: Authentication): { body: Buffer; trailers: Record<string, string> } {
  const kind = streamingKinds[auth.payloadHash as keyof typeof streamingKinds];
  if (kind === undefined) throw new S3Error("NotImplemented", { message: auth.payloadHash });
  const parts: Buffer[] = [];
  let previous = auth.signature;
  let at = 0;
  for (;;) {
    const lineEnd = raw.indexOf("\r\n", at);
    const header = /^([0-9a-fA-F]+)(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(
      raw.toString("latin1", at, Math.max(lineEnd, at)),
    );
    if (lineEnd < 0 || header === null) throw new S3Error("IncompleteBody");
    const size = Number.parseInt(header[1] as string, 16);
    const start = lineEnd + 2;
    const chunk = raw.subarray(start, start + size);
    if (chunk.length < size) throw new S3Error("IncompleteBody");
    if (kind.signed) previous = checkChunk(chunk, header[2], previous, auth);
    at = start + size;
    if (size === 0) break;
    if (parts.at(-1) !== undefined && parts.at(-1)!.length < minChunkBytes) {
      throw new S3Error("InvalidChunkSizeError");
    }
    if (raw.toString("latin1", at, at + 2) !== "\r\n") throw new S3Error("IncompleteBody");
    at += 2;
    parts.push(chunk);
  }
  const trailers = kind.trailer ? readTrailers(raw, at, previous, kind.signed ? auth : undefined) : {};
  return { body: Buffer.concat(parts), trailers };
}

const emptyHash = sha256Hex("");

function checkChunk(chunk: Buffer, claimed: string | undefined, previous: string, auth: Authentication) {
  const stringToSign = [
    "AWS4-HMAC-SHA256-PAYLOAD",
    auth.amzDate,
    auth.scope,
    previous,
    emptyHash,
    sha256Hex(chunk),
  ].join("\n");
  const expected = hmac(auth.signingKey, stringToSign).toString("hex");
  if (claimed === undefined || !equalHex(expected, claimed)) throw new S3Error("SignatureDoesNotMatch");
  return expected;
}

function readTrailers(raw: Buffer, from: number, previous: string, auth: Authentication | undefined) {
  const trailers: Record<string, string> = {};
  let signature: string | undefined;
  let signedText = "";
  for (const line of raw.toString("latin1", from).split("\r\n")) {
    if (line === "") continue;
    const colon = line.indexOf(":");
    if (colon < 0) throw new S3Error("IncompleteBody");
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === "x-amz-trailer-signature") signature = value;
    else {
      trailers[name] = value;
      signedText += `${name}:${value}\n`;
    }
  }
  if (auth !== undefined) {
    const stringToSign = [
      "AWS4-HMAC-SHA256-TRAILER",
      auth.amzDate,
      auth.scope,
      previous,
      sha256Hex(signedText),
    ];
    const expected = hmac(auth.signingKey, stringToSign.join("\n")).toString("hex");
    if (signature === undefined || !equalHex(expected, signature)) throw new S3Error("SignatureDoesNotMatch");
  }
  return trailers;
}

function checkLength(body: Buffer, headers: IncomingHttpHeaders): void {
  const claimed = headers["x-amz-decoded-content-length"];
  if (claimed === undefined) throw new S3Error("MissingContentLength");
  if (Number(claimed) !== body.length) throw new S3Error("IncompleteBody");
}

function checkMd5(body: Buffer, claimed: string | undefined): void {
  if (claimed === undefined) return;
  if (Buffer.from(claimed, "base64").length !== 16) throw new S3Error("InvalidDigest");
  if (createHash("md5").update(body).digest("base64") !== claimed) {
    throw new S3Error("BadDigest", {
      message: "The Content-MD5 you specified did not match what we received.",
    });
  }
}

function checkedChecksums(body: Buffer, headers: Record<string, string | string[] | undefined>) {
  const checksums: Payload["checksums"] = {};
  for (const name of checksumNames) {
    const claimed = headers[checksumHeader(name)];
    if (typeof claimed !== "string") continue;
    const actual = checksumAlgorithms[name](body);
    if (Buffer.from(claimed, "base64").length !== actual.length) throw new S3Error("InvalidDigest");
    if (actual.toString("base64") !== claimed) {
      throw new S3Error("BadDigest", {
        message: `The ${name.toUpperCase()} you specified did not match the calculated checksum.`,
      });
    }
    checksums[name] = claimed;
  }
  return checksums;
}
