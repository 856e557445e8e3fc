/**
 * Runtime API and Extensions API of one sandbox, on a port of its own.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { invokeHeaders, type RuntimeAnswer, type RuntimeProcess } from "./runtime-process.ts";

/** Lambda's limit of a buffered response. */
const maxResponseBytes = 6 * 1024 * 1024 + 100;
/** The runtime clients post an error's X-Ray cause as a header of up to 1 MB: a deep recursion's stack trace. */
const maxHeaderSize = 2 * 1024 * 1024;

export interface RuntimeApi {
  /** host:port, AWS_LAMBDA_RUNTIME_API. */
  address: string;
  close(): void;
}

export interface ApiOwner {
  /** The process that is running now. */
  process: RuntimeProcess | undefined;
  describe(): { functionName: string; functionVersion: string; handler: string };
}

export async function startRuntimeApi(owner: ApiOwner): Promise<RuntimeApi> {
  const server: Server = createServer({ maxHeaderSize }, (request, response) => {
    serve(owner, request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  server.headersTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { address: `127.0.0.1:${port}`, close };
}

type Route = (call: Call) => Promise<void> | void;

interface Call {
  process: RuntimeProcess;
  owner: ApiOwner;
  request: IncomingMessage;
  response: ServerResponse;
  /** Groups of the route's pattern. */
  groups: string[];
}

const routes: [method: string, path: RegExp, route: Route][] = [
  ["GET", /^\/2018-06-01\/runtime\/invocation\/next$/, runtimeNext],
  ["POST", /^\/2018-06-01\/runtime\/invocation\/([^/]+)\/response$/, runtimeResponse],
  ["POST", /^\/2018-06-01\/runtime\/invocation\/([^/]+)\/error$/, runtimeError],
  ["POST", /^\/2018-06-01\/runtime\/init\/error$/, initError],
  ["POST", /^\/2020-01-01\/extension\/register$/, registerExtension],
  ["GET", /^\/2020-01-01\/extension\/event\/next$/, extensionNext],
  ["POST", /^\/2020-01-01\/extension\/(init|exit)\/error$/, extensionError],
];

async function serve(owner: ApiOwner, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? "").replace(/\?.*$/, "");
  const { process } = owner;
  for (const [method, pattern, route] of routes) {
    const match = pattern.exec(path);
    if (match === null || request.method !== method || process === undefined) continue;
    let groups: string[];
    try {
      groups = match.slice(1).map(decodeURIComponent);
    } catch {
      return reply(response, 400, { errorMessage: "Invalid request ID", errorType: "InvalidRequestID" });
    }
    return route({ process, owner, request, response, groups });
  }
  reply(response, 404, { errorMessage: "Not found", errorType: "NotFound" });
}

/** The addon crashes on an answer without a content type, so every answer has one. */
function reply(response: ServerResponse, status: number, body: object, headers: object = {}): void {
  const text = JSON.stringify(body);
  const length = Buffer.byteLength(text);
  response.writeHead(status, { "Content-Type": "application/json", "Content-Length": length, ...headers });
  response.end(text);
}

function runtimeNext({ process, response }: Call): void {
  process.runtimeWaits((event) => {
    const length = Buffer.byteLength(event.payload);
    response.writeHead(200, { ...invokeHeaders(event), "Content-Length": length });
    response.end(event.payload);
  });
}

async function runtimeResponse(call: Call): Promise<void> {
  const { process, request, response } = call;
  const requestId = call.groups[0] ?? "";
  const streaming = request.headers["lambda-runtime-function-response-mode"] === "streaming";
  const known = requestId === process.currentRequestId;
  const body = await readBody(request, streaming && known ? process.onChunk : undefined);
  if (!streaming && body.length > maxResponseBytes) {
    const errorType = "Function.ResponseSizeTooLarge";
    const errorMessage = `Response payload size exceeded maximum allowed payload size (${maxResponseBytes} bytes).`;
    process.answered(requestId, {
      kind: "error",
      errorType,
      body: JSON.stringify({ errorType, errorMessage }),
    });
    return reply(response, 413, { errorMessage, errorType: "RequestEntityTooLarge" });
  }
  const accepted = process.answered(requestId, responseOf(request, body, streaming));
  if (accepted) reply(response, 202, { status: "OK" });
  else reply(response, 400, { errorMessage: "Invalid request ID", errorType: "InvalidRequestID" });
}

/** A streamed response may end in trailers that say it failed mid-way. */
function responseOf(request: IncomingMessage, body: Buffer, streaming: boolean): RuntimeAnswer {
  if (!streaming) return { kind: "response", body: body.toString() };
  const contentType = request.headers["content-type"] ?? "application/octet-stream";
  const errorType = request.trailers["lambda-runtime-function-error-type"];
  if (errorType === undefined) return { kind: "response", body: body.toString(), contentType };
  return { kind: "error", body: body.toString(), contentType, errorType };
}

async function runtimeError(call: Call): Promise<void> {
  const { process, request, response, groups } = call;
  const body = (await readBody(request)).toString();
  const accepted = process.answered(groups[0] ?? "", {
    kind: "error",
    body,
    errorType: errorTypeOf(request, body),
  });
  if (accepted) reply(response, 202, { status: "OK" });
  else reply(response, 400, { errorMessage: "Invalid request ID", errorType: "InvalidRequestID" });
}

async function initError({ process, request, response }: Call): Promise<void> {
  const body = (await readBody(request)).toString();
  reply(response, 202, { status: "OK" });
  process.failedInit(errorTypeOf(request, body), body);
}

function errorTypeOf(request: IncomingMessage, body: string): string {
  const header = request.headers["lambda-runtime-function-error-type"];
  if (typeof header === "string" && header !== "") return header;
  try {
    return String((JSON.parse(body) as { errorType?: unknown }).errorType ?? "Runtime.Unknown");
  } catch {
    return "Runtime.Unknown";
  }
}

const knownEvents = ["INVOKE", "SHUTDOWN"];

/** All extensions here are internal ones: they run in the runtime's process, and may not ask for SHUTDOWN. */
async function registerExtension({ process, owner, request, response }: Call): Promise<void> {
  const name = request.headers["lambda-extension-name"];
  const body = (await readBody(request)).toString();
  if (typeof name !== "string" || name === "") {
    return refuse(response, "Extension.InvalidExtensionName", "Empty extension name");
  }
  const events = parseEvents(body);
  if (events?.every((event) => knownEvents.includes(event)) !== true) {
    return refuse(response, "InvalidRequestFormat", "Request body is not a list of known events");
  }
  if (events.includes("SHUTDOWN")) {
    const why = "SHUTDOWN event not supported for internal extensions";
    return refuse(response, "ShutdownEventNotSupportedForInternalExtension", why);
  }
  const id = process.register(name, events);
  if (id === undefined) {
    return refuse(response, "Extension.RegistrationClosed", "Extension registration closed already");
  }
  reply(response, 200, owner.describe(), { "Lambda-Extension-Identifier": id });
}

function parseEvents(body: string): string[] | undefined {
  try {
    const { events = [] } = JSON.parse(body) as { events?: unknown };
    return Array.isArray(events) ? events.map(String) : undefined;
  } catch {
    return undefined;
  }
}

function refuse(response: ServerResponse, errorType: string, errorMessage: string): void {
  reply(response, 403, { errorMessage, errorType });
}

function extensionNext({ process, request, response }: Call): void {
  const id = String(request.headers["lambda-extension-identifier"] ?? "");
  const known = process.extensionWaits(id, (event) =>
    reply(response, 200, event, { "Lambda-Extension-Event-Identifier": crypto.randomUUID() }),
  );
  if (!known) refuse(response, "Extension.UnknownExtensionIdentifier", "Unknown extension identifier");
}

async function extensionError({ process, request, response, groups }: Call): Promise<void> {
  const body = (await readBody(request)).toString();
  reply(response, 202, { status: "OK" });
  process.failedInit(groups[0] === "init" ? "Extension.InitError" : "Extension.ExitError", body);
}

async function readBody(request: IncomingMessage, onChunk?: (chunk: Buffer) => void): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) {
    parts.push(part);
    onChunk?.(part);
  }
  return Buffer.concat(parts);
}
