/** The S3-protocol server: HTTP in, operations, HTTP out. Runs in a process of its own (server-main.ts). */
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { monotonicMs } from "../monotonic.ts";
import { bucketOperations } from "./bucket-operations.ts";
import { S3Error, type S3ErrorCode } from "./errors.ts";
import { FaultInjector } from "./faults.ts";
import { multipartOperations } from "./multipart-operations.ts";
import { objectOperations } from "./object-operations.ts";
import { ObjectStore } from "./objects.ts";
import { operationName, type S3Answer, type S3Call } from "./operations.ts";
import { readPayload } from "./payload.ts";
import { allows } from "./policy.ts";
import { findSessionKey } from "./session-keys.ts";
import { authenticate, parseQuery } from "./sigv4.ts";
import type { AccessKey, Fault, FaultPlan, LocalS3Options, S3Policy, S3Request } from "./types.ts";

const operations = { ...bucketOperations, ...objectOperations, ...multipartOperations };
const host = "127.0.0.1";

interface Listener {
  server: Server;
  region: string;
  port: number;
}

export class S3Server {
  readonly log: S3Request[] = [];
  readonly #store: ObjectStore;
  readonly #keepAliveTimeoutMs: number;
  #keys: AccessKey[];
  #policy: S3Policy | undefined;
  #faults = new FaultInjector();
  #clockOffsetMs = 0;
  #main: Listener;
  #other: Listener;

  constructor(options: LocalS3Options & { accessKeys: AccessKey[] }) {
    this.#store = new ObjectStore(options.directory);
    this.#keys = options.accessKeys;
    this.#policy = options.policy;
    this.#keepAliveTimeoutMs = options.keepAliveTimeoutMs ?? 20_000;
    for (const bucket of options.buckets ?? []) this.#store.createBucket(bucket);
    this.#main = this.#listener(options.region ?? "us-east-1", options.port ?? 0);
    this.#other = this.#listener(options.otherRegion ?? "eu-central-1", 0);
  }

  async start(faults?: FaultPlan): Promise<{ endpoint: string; otherEndpoint: string }> {
    await listen(this.#main);
    await listen(this.#other);
    await this.setFaults(faults);
    return { endpoint: endpointOf(this.#main), otherEndpoint: endpointOf(this.#other) };
  }

  async setFaults(plan?: FaultPlan): Promise<void> {
    this.#faults = new FaultInjector(plan);
    const wanted = plan?.notListening !== true;
    if (wanted && !this.#main.server.listening) {
      this.#main = this.#listener(this.#main.region, this.#main.port);
      await listen(this.#main);
    } else if (!wanted && this.#main.server.listening) {
      const closed = new Promise((resolve) => this.#main.server.close(resolve));
      this.#main.server.closeAllConnections();
      await closed;
    }
  }

  setPolicy(policy?: S3Policy): void {
    this.#policy = policy;
  }

  setAccessKeys(keys: AccessKey[]): void {
    this.#keys = keys;
  }

  setClockOffset(ms: number): void {
    this.#clockOffsetMs = ms;
  }

  clearRequests(): void {
    this.log.length = 0;
  }

  #listener(region: string, port: number): Listener {
    const server = createServer((request, response) => {
      this.#serve(request, response, listener).catch((error) => {
        console.error(error);
        response.destroy();
      });
    });
    server.keepAliveTimeout = this.#keepAliveTimeoutMs;
    server.requestTimeout = 0;
    const listener = { server, region, port };
    return listener;
  }

  async #serve(request: IncomingMessage, response: ServerResponse, listener: Listener): Promise<void> {
    const target = parseTarget(request);
    const entry = newEntry(request, target, listener);
    this.log.push(entry);
    const end = () => {
      entry.endedAt ??= monotonicMs();
    };
    response.on("close", end).on("finish", end);
    const resource = target.key === "" ? target.bucket : `${target.bucket}/${target.key}`;
    const fault = listener === this.#main ? this.#nextFault(entry, resource) : undefined;
    if (fault !== undefined) entry.fault = fault.kind;
    const raw = await readBody(request, entry, fault);
    if (raw === undefined) return;
    if (fault !== undefined && fault.afterEffect !== true && (await this.#strike(fault, response, entry)))
      return;
    const answer = this.#answer(request, target, raw, listener, entry);
    if (fault?.afterEffect === true && (await this.#strike(fault, response, entry))) return;
    await send(response, request.method === "HEAD", answer, entry, fault);
  }

  #nextFault(entry: S3Request, resource: string): Fault | undefined {
    return this.#faults.next({
      method: entry.method,
      resource,
      region: entry.region,
      otherRegion: this.#other.region,
    });
  }

  /** Whether the fault has dealt with the request for good. */
  async #strike(fault: Fault, response: ServerResponse, entry: S3Request): Promise<boolean> {
    if (fault.kind === "hang") return true;
    if (fault.kind === "reset") {
      if (entry.method === "GET") return false;
      response.socket?.resetAndDestroy();
      return true;
    }
    if (fault.kind === "delay") await sleep(fault.delayMs ?? 1000);
    if (fault.kind === "delay" || fault.kind === "drip" || fault.kind === "refuse") return false;
    const answer = errorAnswer(this.#faultError(fault.kind, entry), entry);
    await send(response, entry.method === "HEAD", answer, entry, undefined);
    return true;
  }

  #faultError(code: S3ErrorCode, entry: S3Request): S3Error {
    const { region } = this.#other;
    const endpoint = endpointOf(this.#other);
    const path = `/${entry.bucket}/${entry.key.split("/").map(encodeURIComponent).join("/")}`;
    const moved = { "x-amz-bucket-region": region };
    const query = entry.query === "" ? "" : `?${entry.query}`;
    if (code === "AuthorizationHeaderMalformed") {
      const message = `The authorization header is malformed; the region '${this.#main.region}' is wrong; expecting '${region}'`;
      return new S3Error(code, { message, elements: { Region: region }, headers: moved });
    }
    if (code === "PermanentRedirect" || code === "TemporaryRedirect") {
      const headers = { ...moved, Location: `${endpoint}${path}${query}` };
      const elements = { Endpoint: endpoint.replace("http://", ""), Bucket: entry.bucket };
      return new S3Error(code, { elements, headers });
    }
    return new S3Error(code);
  }

  #answer(
    request: IncomingMessage,
    target: Target,
    raw: Buffer,
    listener: Listener,
    entry: S3Request,
  ): S3Answer {
    try {
      return this.#carryOut(request, target, raw, listener, entry);
    } catch (error) {
      if (error instanceof S3Error) return errorAnswer(error, entry);
      if (error instanceof URIError) {
        return errorAnswer(new S3Error("InvalidRequest", { message: "Couldn't parse the URI" }), entry);
      }
      console.error(error);
      return errorAnswer(new S3Error("InternalError", { message: String(error) }), entry);
    }
  }

  #carryOut(request: IncomingMessage, target: Target, raw: Buffer, listener: Listener, entry: S3Request) {
    const now = Date.now() + this.#clockOffsetMs;
    const { headers, method = "" } = request;
    const derived = findSessionKey(this.#keys, entry.accessKeyId ?? "");
    const keys = derived === undefined ? this.#keys : [...this.#keys, derived];
    const moved = this.#faults.movesBucket && entry.region === this.#other.region;
    const region = moved ? this.#other.region : listener.region;
    const signed = { method, rawPath: target.rawPath, rawQuery: target.rawQuery, headers };
    const auth = authenticate(signed, keys, region, now);
    const operation = operations[entry.operation];
    if (operation === undefined) throw new S3Error("MethodNotAllowed");
    const policy = auth.key.policy ?? this.#policy;
    const may = (action: string, resource: string) => allows(policy, action, resource);
    const resource = target.key === "" ? target.bucket : `${target.bucket}/${target.key}`;
    if (operation.action !== "" && !may(operation.action, resource)) throw new S3Error("AccessDenied");
    const call: S3Call = {
      method,
      bucket: target.bucket,
      key: target.key,
      query: target.query,
      headers: headers as Record<string, string | undefined>,
      payload: readPayload(raw, headers, auth),
      store: this.#store,
      region,
      now,
      may,
    };
    return operation.run(call);
  }
}

interface Target {
  bucket: string;
  key: string;
  rawPath: string;
  rawQuery: string;
  query: URLSearchParams;
}

/** Path style, or virtual-host style below `localhost` and S3's own names. */
function parseTarget(request: IncomingMessage): Target {
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

function newEntry(request: IncomingMessage, target: Target, listener: Listener): S3Request {
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
    region: credential?.[2] ?? listener.region,
  };
}

/** The whole body, or undefined where the connection ended before, or a fault ended it. */
async function readBody(
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

function errorAnswer(error: S3Error, entry: S3Request): S3Answer {
  entry.errorCode = error.code;
  if (error.status === 304) return { status: 304 };
  const requestId = newRequestId();
  return {
    status: error.status,
    headers: { "Content-Type": "application/xml", ...error.headers },
    body: error.toXml(requestId),
  };
}

async function send(
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

async function listen(listener: Listener): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    listener.server.once("error", reject);
    listener.server.listen(listener.port, host, resolve);
  });
  listener.port = (listener.server.address() as AddressInfo).port;
}

const endpointOf = (listener: Listener) => `http://${host}:${listener.port}`;
