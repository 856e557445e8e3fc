/**
 * AWS Signature Version 4, header form.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
 */
import { createHash, createHmac } from "node:crypto";

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string | undefined;
}

export interface SigningRequest {
  method: string;
  /** As on the wire: percent-encoded once (S3 neither normalises nor encodes it again). */
  path: string;
  /** Canonical query string, "" for none. */
  query?: string;
  /** All of them are signed; `host` must be there. `x-amz-date` and the session token are added. */
  headers: Record<string, string>;
  /** Hex sha256 of the body. */
  payloadHash: string;
  region: string;
  service: string;
  credentials: Credentials;
  /** When, in ms since the epoch, by the server's clock. */
  at: number;
}

export function sha256(data: string | Uint8Array): Buffer {
  return createHash("sha256").update(data).digest();
}

export function sha256Hex(data: string | Uint8Array): string {
  return sha256(data).toString("hex");
}

/** The headers to send: those given, `x-amz-date`, the session token, `authorization`. */
export function signRequest(request: SigningRequest): Record<string, string> {
  const amzDate = new Date(request.at).toISOString().replace(/[:-]|\.\d{3}/g, "");
  const headers: Record<string, string> = { ...request.headers, "x-amz-date": amzDate };
  const { accessKeyId, secretAccessKey, sessionToken } = request.credentials;
  if (sessionToken !== undefined) headers["x-amz-security-token"] = sessionToken;

  const canonical = canonicalHeaders(headers);
  const canonicalRequest = [
    request.method,
    request.path,
    request.query ?? "",
    canonical.lines,
    "",
    canonical.names,
    request.payloadHash,
  ].join("\n");
  const scope = `${amzDate.slice(0, 8)}/${request.region}/${request.service}/aws4_request`;
  const stringToSign = `AWS4-HMAC-SHA256\n${amzDate}\n${scope}\n${sha256Hex(canonicalRequest)}`;
  const signature = hmac(signingKey(secretAccessKey, scope), stringToSign).toString("hex");
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${canonical.names}, Signature=${signature}`;
  return headers;
}

function canonicalHeaders(headers: Record<string, string>): { lines: string; names: string } {
  const entries = Object.entries(headers)
    .map(([name, value]) => [name.toLowerCase(), value.trim().replace(/\s+/g, " ")] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    lines: entries.map(([name, value]) => `${name}:${value}`).join("\n"),
    names: entries.map(([name]) => name).join(";"),
  };
}

function signingKey(secretAccessKey: string, scope: string): Buffer {
  return scope.split("/").reduce<Buffer>(hmac, Buffer.from(`AWS4${secretAccessKey}`));
}

function hmac(key: Uint8Array, data: string): Buffer {
  return createHmac("sha256", key).update(data).digest();
}

/** One object key as a path: each segment percent-encoded by RFC 3986, slashes kept. */
export function encodeKey(key: string): string {
  return key.split("/").map(encodeSegment).join("/");
}

function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
