/** Which bucket, key and operation a request names: path style, or virtual-host style. */
import type { IncomingMessage } from "node:http";
import { monotonicMs } from "../monotonic.ts";
import { operationName } from "./operations.ts";
import { parseQuery } from "./sigv4.ts";
import type { S3Request } from "./types.ts";

export interface Target {
  bucket: string;
  key: string;
  rawPath: string;
  rawQuery: string;
  query: URLSearchParams;
}

/** Path style, or virtual-host style below `localhost` and S3's own names. */
export function parseTarget(request: IncomingMessage): Target {
  const url = request.url ?? "/";
  const mark = url.indexOf("?");
  const rawPath = mark < 0 ? url : url.slice(0, mark);
  const rawQuery = mark < 0 ? "" : url.slice(mark + 1);
  const hostName = (request.headers.host ?? "").replace(/:\d+$/, "");
  const virtual = /^(.+?)\.(?:localhost|s3[.-][a-z0-9.-]*amazonaws\.com(?:\.cn)?)$/.exec(hostName)?.[1];
  const path = safeDecode(rawPath).replace(/^\//, "");
  const slash = path.indexOf("/");
  const [bucket, key] =
    virtual !== undefined && virtual !== "s3"
      ? [virtual, path]
      : slash < 0
        ? [path, ""]
        : [path.slice(0, slash), path.slice(slash + 1)];
  return { bucket, key, rawPath, rawQuery, query: safeQuery(rawQuery) };
}

/** What cannot be decoded is refused later, by the signature check. */
function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function safeQuery(raw: string): URLSearchParams {
  try {
    return new URLSearchParams(parseQuery(raw));
  } catch {
    return new URLSearchParams();
  }
}

/** The log's entry, as far as the headers tell. */
export function newEntry(request: IncomingMessage, target: Target, listenerRegion: string): S3Request {
  const { headers, method = "" } = request;
  const credential =
    /Credential=([^/,\s]+)\/\d+\/([^/]+)\//.exec(headers.authorization ?? "") ??
    /^([^/]+)\/\d+\/([^/]+)\//.exec(target.query.get("X-Amz-Credential") ?? "");
  const shape = {
    method,
    hasBucket: target.bucket !== "",
    hasKey: target.key !== "",
    query: target.query,
    copies: headers["x-amz-copy-source"] !== undefined,
  };
  return {
    at: monotonicMs(),
    method,
    operation: operationName(shape) ?? method,
    bucket: target.bucket,
    key: target.key,
    query: target.rawQuery,
    ...(credential === null ? {} : { accessKeyId: credential[1] as string }),
    requestBytes: 0,
    responseBytes: 0,
    userAgent: headers["user-agent"] ?? "",
    remotePort: request.socket.remotePort ?? 0,
    region: credential?.[2] ?? listenerRegion,
  };
}
