/**
 * AWS Signature Version 4 as S3 checks it, from the server's side.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { S3Error } from "./errors.ts";
import type { AccessKey } from "./types.ts";

export interface SignedRequest {
  method: string;
  /** As in the request line, still percent-encoded. */
  rawPath: string;
  rawQuery: string;
  headers: Record<string, string | string[] | undefined>;
}

export interface Authentication {
  key: AccessKey;
  /** x-amz-content-sha256, or UNSIGNED-PAYLOAD for a presigned URL. */
  payloadHash: string;
  /** What chunk signatures chain on. */
  signature: string;
  signingKey: Buffer;
  /** `YYYYMMDDTHHMMSSZ` */
  amzDate: string;
  scope: string;
}

interface Claim {
  credential: string;
  signedHeaders: string[];
  signature: string;
  amzDate: string;
  payloadHash: string;
  token: string | undefined;
  query: [string, string][];
  presigned: boolean;
  expiresSeconds: number;
}

const maxSkewMs = 15 * 60_000;

/** Checks a request's signature, or throws the S3Error that S3 would answer. `now`: the server's clock. */
export function authenticate(
  request: SignedRequest,
  keys: readonly AccessKey[],
  region: string,
  now: number,
): Authentication {
  const claim = readClaim(request);
  const [accessKeyId, date, claimedRegion, service, terminator] = claim.credential.split("/");
  const key = keys.find((candidate) => candidate.accessKeyId === accessKeyId);
  if (key === undefined) {
    throw new S3Error("InvalidAccessKeyId", { elements: { AWSAccessKeyId: accessKeyId ?? "" } });
  }
  if (claimedRegion !== region) throw wrongRegion(claim, claimedRegion ?? "", region);
  if (service !== "s3" || terminator !== "aws4_request" || date !== claim.amzDate.slice(0, 8)) {
    throw new S3Error("AuthorizationHeaderMalformed", { message: "The credential scope is not valid." });
  }
  checkTime(claim, now);
  checkToken(claim, key, now);
  const scope = `${date}/${region}/s3/aws4_request`;
  const signingKey = deriveSigningKey(key.secretAccessKey, date, region);
  const canonical = canonicalRequest(request, claim);
  const stringToSign = `AWS4-HMAC-SHA256\n${claim.amzDate}\n${scope}\n${sha256Hex(canonical)}`;
  const expected = hmac(signingKey, stringToSign).toString("hex");
  if (!equalHex(expected, claim.signature)) {
    throw new S3Error("SignatureDoesNotMatch", {
      elements: { StringToSign: stringToSign, CanonicalRequest: canonical },
    });
  }
  const { payloadHash, amzDate } = claim;
  return { key, payloadHash, signature: expected, signingKey, amzDate, scope };
}

function readClaim(request: SignedRequest): Claim {
  const query = parseQuery(request.rawQuery);
  const parameter = (name: string) => query.find(([candidate]) => candidate === name)?.[1];
  if (parameter("X-Amz-Signature") !== undefined) {
    return {
      credential: parameter("X-Amz-Credential") ?? "",
      signedHeaders: (parameter("X-Amz-SignedHeaders") ?? "").split(";"),
      signature: parameter("X-Amz-Signature") ?? "",
      amzDate: parameter("X-Amz-Date") ?? "",
      payloadHash: "UNSIGNED-PAYLOAD",
      token: parameter("X-Amz-Security-Token"),
      query: query.filter(([name]) => name !== "X-Amz-Signature"),
      presigned: true,
      expiresSeconds: presignedSeconds(parameter("X-Amz-Expires")),
    };
  }
  const authorization = header(request, "authorization");
  if (authorization === undefined) throw new S3Error("AccessDenied");
  const match =
    /^AWS4-HMAC-SHA256\s+Credential=([^,\s]+)\s*,\s*SignedHeaders=([^,\s]+)\s*,\s*Signature=([0-9a-f]+)\s*$/.exec(
      authorization,
    );
  if (match === null) throw new S3Error("AuthorizationHeaderMalformed");
  const payloadHash = header(request, "x-amz-content-sha256");
  if (payloadHash === undefined) throw new S3Error("MissingSecurityHeader");
  const signedHeaders = (match[2] as string).split(";");
  checkSignedHeaders(request, signedHeaders);
  return {
    credential: match[1] as string,
    signedHeaders,
    signature: match[3] as string,
    amzDate: header(request, "x-amz-date") ?? "",
    payloadHash,
    token: header(request, "x-amz-security-token"),
    query,
    presigned: false,
    expiresSeconds: 0,
  };
}

/** S3 allows 1 second to 7 days. */
function presignedSeconds(text: string | undefined): number {
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 604_800) {
    throw new S3Error("AuthorizationQueryParametersError");
  }
  return seconds;
}

/** S3 refuses x-amz- headers that the signature does not cover. */
function checkSignedHeaders(request: SignedRequest, signed: readonly string[]): void {
  const unsigned = Object.keys(request.headers).filter(
    (name) => (name === "host" || name.startsWith("x-amz-")) && !signed.includes(name),
  );
  if (unsigned.length > 0) {
    throw new S3Error("AccessDenied", {
      message: "There were headers present in the request which were not signed",
      elements: { HeadersNotSigned: unsigned.join(", ") },
    });
  }
}

function wrongRegion(claim: Claim, claimed: string, region: string): S3Error {
  const code = claim.presigned ? "AuthorizationQueryParametersError" : "AuthorizationHeaderMalformed";
  return new S3Error(code, {
    message: `The authorization header is malformed; the region '${claimed}' is wrong; expecting '${region}'`,
    elements: { Region: region },
    headers: { "x-amz-bucket-region": region },
  });
}

function checkTime(claim: Claim, now: number): void {
  const parts = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(claim.amzDate);
  if (parts === null) {
    throw new S3Error("AccessDenied", { message: "AWS authentication requires a valid Date" });
  }
  const [, year, month, day, hour, minute, second] = parts.map(Number) as [number, ...number[]];
  const at = Date.UTC(
    year as number,
    (month as number) - 1,
    day as number,
    hour as number,
    minute as number,
    second as number,
  );
  if (claim.presigned) {
    if (now > at + claim.expiresSeconds * 1000 || at > now + maxSkewMs) {
      throw new S3Error("AccessDenied", { message: "Request has expired" });
    }
  } else if (Math.abs(now - at) > maxSkewMs) {
    throw new S3Error("RequestTimeTooSkewed", {
      elements: {
        RequestTime: claim.amzDate,
        ServerTime: new Date(now).toISOString(),
        MaxAllowedSkewMilliseconds: String(maxSkewMs),
      },
    });
  }
}

function checkToken(claim: Claim, key: AccessKey, now: number): void {
  if (key.expiresAt !== undefined && now >= key.expiresAt) throw new S3Error("ExpiredToken");
  if (key.sessionToken === undefined) {
    if (claim.token !== undefined) throw new S3Error("InvalidToken");
    return;
  }
  if (claim.token === undefined) throw new S3Error("InvalidAccessKeyId");
  if (claim.token !== key.sessionToken) throw new S3Error("InvalidToken");
}

function canonicalRequest(request: SignedRequest, claim: Claim): string {
  const query = claim.query
    .map(([name, value]) => [uriEncode(name), uriEncode(value)] as const)
    .sort(([a, x], [b, y]) => (a === b ? order(x, y) : order(a, b)))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
  const headers = claim.signedHeaders.map((name) => `${name}:${headerText(request, name)}\n`).join("");
  const path = decodeURIComponent(request.rawPath).split("/").map(uriEncode).join("/");
  return [request.method, path, query, headers, claim.signedHeaders.join(";"), claim.payloadHash].join("\n");
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function headerText(request: SignedRequest, name: string): string {
  const value = request.headers[name];
  const values = value === undefined ? [] : Array.isArray(value) ? value : [value];
  return values.map((one) => one.trim().replace(/\s+/g, " ")).join(",");
}

function header(request: SignedRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(",") : value;
}

export function parseQuery(raw: string): [string, string][] {
  if (raw === "") return [];
  return raw.split("&").map((pair) => {
    const at = pair.indexOf("=");
    const decode = (text: string) => decodeURIComponent(text.replace(/\+/g, " "));
    return at < 0 ? [decode(pair), ""] : [decode(pair.slice(0, at)), decode(pair.slice(at + 1))];
  });
}

/** RFC 3986: all but unreserved characters. */
export function uriEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

export function sha256Hex(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

export function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac("sha256", key).update(data).digest();
}

function deriveSigningKey(secret: string, date: string, region: string): Buffer {
  return hmac(hmac(hmac(hmac(`AWS4${secret}`, date), region), "s3"), "aws4_request");
}

export function equalHex(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
