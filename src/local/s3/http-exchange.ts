/** Bodies in, answers out, and what faults do to both. */
import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { S3Error } from "./errors.ts";
import type { S3Answer } from "./operations.ts";
import type { Fault, S3Request } from "./types.ts";

/** The whole body, or undefined where the connection ended before, or a fault ended it. */
export async function readBody(
  request: IncomingMessage,
  entry: S3Request,
  fault: Fault | undefined,
): Promise<Buffer | undefined> {
  if (fault?.kind === "refuse") {
    request.socket.resetAndDestroy();
    return undefined;
  }
  const resetAt = fault?.kind === "reset" && fault.afterEffect !== true ? (fault.afterBytes ?? 1) : Infinity;
  const parts: Buffer[] = [];
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      parts.push(part);
      entry.requestBytes += part.length;
      if (entry.requestBytes >= resetAt) {
        request.socket.resetAndDestroy();
        return undefined;
      }
    }
  } catch {
    return undefined; // The client went away: the log shows a request without a status.
  }
  return Buffer.concat(parts);
}

/** The answer in S3's error form; the log's entry gets the code. */
export function errorAnswer(error: S3Error, entry: S3Request): S3Answer {
  entry.errorCode = error.code;
  if (error.status === 304) return { status: 304 };
  const requestId = newRequestId();
  return {
    status: error.status,
    headers: { "Content-Type": "application/xml", ...error.headers },
    body: error.toXml(requestId),
  };
}

export async function send(
  response: ServerResponse,
  head: boolean,
  answer: S3Answer,
  entry: S3Request,
  fault: Fault | undefined,
): Promise<void> {
  const body = Buffer.from(answer.body ?? "");
  const headers: Record<string, string> = {
    "x-amz-request-id": newRequestId(),
    "x-amz-id-2": "local",
    Server: "local-s3-protocol",
    ...answer.headers,
  };
  if (answer.status !== 204 && answer.status !== 304) headers["Content-Length"] ??= String(body.length);
  if (head && answer.status >= 300) delete headers["Content-Length"];
  entry.status = answer.status;
  if (response.destroyed) return;
  response.writeHead(answer.status, headers);
  if (head) response.end();
  else if (fault?.kind === "drip") await drip(response, body, fault.delayMs ?? 50);
  else if (fault?.kind === "reset") {
    response.write(body.subarray(0, fault.afterBytes ?? 1), () => response.socket?.resetAndDestroy());
  } else {
    entry.responseBytes = body.length;
    response.end(body);
  }
}

async function drip(response: ServerResponse, body: Buffer, delayMs: number): Promise<void> {
  response.flushHeaders();
  for (let at = 0; at < body.length && !response.destroyed; at++) {
    await sleep(delayMs);
    response.write(body.subarray(at, at + 1));
  }
  if (body.length === 0) await sleep(delayMs);
  response.end();
}

const newRequestId = () => randomBytes(8).toString("hex").toUpperCase();
