/**
 * As much of Lambda's API as the AWS CLI and SDKs need to invoke and find functions. Signatures are not
 * checked. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { InvokeResult } from "../types.ts";
import type { DeployedFunction } from "./deployed-function.ts";
import { eventFrame } from "./event-stream.ts";
import type { Answer } from "./failures.ts";
import { foreignRequest } from "./foreign-request.ts";
import type { LambdaHost } from "./host.ts";
import { functionArn } from "./invoke-event.ts";
import { LocalError } from "./local-error.ts";

/** As much of the log as Lambda hands back. */
const logTailBytes = 4096;

export async function startInvokeApi(host: LambdaHost, port: number): Promise<string> {
  const server = createServer((request, response) => {
    serve(host, request, response).catch((error) => refuse(response, error));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, "127.0.0.1", resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Call {
  host: LambdaHost;
  request: IncomingMessage;
  response: ServerResponse;
  /** Function name: of a name, a name with qualifier, a partial or whole ARN. */
  name: string;
}

const routes: [method: string, path: RegExp, route: (call: Call) => Promise<void> | void][] = [
  ["POST", /^\/2015-03-31\/functions\/([^/]+)\/invocations$/, invoke],
  ["POST", /^\/2021-11-15\/functions\/([^/]+)\/response-streaming-invocations$/, invokeStreaming],
  ["GET", /^\/2015-03-31\/functions\/?$/, listFunctions],
  ["GET", /^\/2015-03-31\/functions\/([^/]+)\/configuration$/, getConfiguration],
  ["GET", /^\/2015-03-31\/functions\/([^/]+)$/, getFunction],
];

async function serve(host: LambdaHost, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const foreign = foreignRequest(request.headers);
  if (foreign !== undefined) {
    sendJson(
      response,
      403,
      { message: `Refused: ${foreign}` },
      { "x-amzn-ErrorType": "AccessDeniedException" },
    );
    return;
  }
  const path = (request.url ?? "").replace(/\?.*$/, "");
  for (const [method, pattern, route] of routes) {
    const match = pattern.exec(path);
    if (match === null || method !== request.method) continue;
    const name = functionName(decoded(match[1] ?? ""));
    if (match[1] !== undefined && !host.functions.has(name)) throw notFound(host, name);
    return route({ host, request, response, name });
  }
  sendJson(response, 404, { message: `${request.method} ${path} is not part of the local Lambda` });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new LocalError("LocalPath", `${text} is not a percent-encoded name`, "Encode it as UTF-8.");
  }
}

function functionName(text: string): string {
  const arn = /(?:^|:)function:([^:]+)/.exec(text);
  return (arn?.[1] ?? text).split(":")[0] as string;
}

class ResourceNotFound extends Error {}

function notFound(host: LambdaHost, name: string): Error {
  return new ResourceNotFound(`Function not found: ${functionArn(host.options.region, name)}`);
}

function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const missing = error instanceof ResourceNotFound;
  const type = missing
    ? "ResourceNotFoundException"
    : error instanceof LocalError
      ? "InvalidRequestContentException"
      : "ServiceException";
  const status = missing ? 404 : error instanceof LocalError ? 400 : 500;
  const Message = error instanceof Error ? error.message : String(error);
  sendJson(response, status, { Type: "User", message: Message, Message }, { "x-amzn-ErrorType": type });
}

function sendJson(response: ServerResponse, status: number, body: object, headers: object = {}): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(text),
    "x-amzn-RequestId": crypto.randomUUID(),
    ...headers,
  });
  response.end(text);
}

async function readEvent(request: IncomingMessage): Promise<string> {
  const text = (await buffer(request)).toString();
  if (text === "") return "{}";
  try {
    JSON.parse(text);
  } catch (error) {
    throw new LocalError("LocalEvent", `Could not parse request body into json: ${error}`, "Send JSON.");
  }
  return text;
}

/** Decoded and passed on, as the SDKs send it in base64. */
function clientContextOf(request: IncomingMessage): { clientContext?: string } {
  const header = request.headers["x-amz-client-context"];
  return typeof header === "string" ? { clientContext: Buffer.from(header, "base64").toString() } : {};
}

async function invoke({ host, request, response, name }: Call): Promise<void> {
  const type = request.headers["x-amz-invocation-type"];
  const payload = await readEvent(request);
  if (type === "DryRun") return void response.writeHead(204).end();
  const requestId = crypto.randomUUID();
  const event = { payload, ...clientContextOf(request) };
  if (type === "Event") {
    host.invoke(name, event, requestId).catch((error) => console.error(error));
    return void response.writeHead(202, { "x-amzn-RequestId": requestId, "Content-Length": 0 }).end();
  }
  const wantsTail = request.headers["x-amz-log-type"] === "Tail";
  const logStart = host.logs(name).length;
  const sandbox = request.headers["x-local-sandbox"];
  const chosen = typeof sandbox === "string" ? { sandbox } : {};
  const answer = await new Promise<Answer | InvokeResult>((resolve, reject) => {
    // The caller has its answer when the runtime has sent it; what an extension still does is not awaited.
    const early = wantsTail ? {} : { onAnswer: resolve };
    host.invoke(name, { ...event, ...early, ...chosen }, requestId).then(resolve, reject);
  });
  const headers: Record<string, string> = {
    "Content-Type": answer.contentType ?? "application/json",
    "X-Amz-Executed-Version": "$LATEST",
    "x-amzn-RequestId": requestId,
  };
  if (answer.functionError !== undefined) headers["X-Amz-Function-Error"] = answer.functionError;
  if (wantsTail) headers["X-Amz-Log-Result"] = logTail(host, name, answer as InvokeResult, logStart);
  response.writeHead(200, headers).end(answer.payload);
}

function logTail(host: LambdaHost, name: string, result: InvokeResult, logStart: number): string {
  const log = host.logs(name, result.sandboxId);
  const from = log.lastIndexOf(`START RequestId: ${result.requestId}`);
  const own = Buffer.from(log.slice(from < 0 ? Math.min(logStart, log.length) : from));
  return own.subarray(Math.max(0, own.length - logTailBytes)).toString("base64");
}

async function invokeStreaming({ host, request, response, name }: Call): Promise<void> {
  const payload = await readEvent(request);
  const requestId = crypto.randomUUID();
  response.writeHead(200, {
    "Content-Type": "application/vnd.amazon.eventstream",
    "X-Amz-Executed-Version": "$LATEST",
    "x-amzn-RequestId": requestId,
  });
  let streamed = false;
  const onChunk = (chunk: Buffer) => {
    streamed = true;
    response.write(eventFrame("PayloadChunk", chunk, "application/octet-stream"));
  };
  let ended = false;
  const onAnswer = (answer: Answer) => {
    if (ended) return;
    ended = true;
    if (!streamed) onChunk(Buffer.from(answer.payload));
    const failed = { ErrorCode: answer.errorType ?? answer.functionError, ErrorDetails: answer.payload };
    const complete = answer.functionError === undefined ? {} : failed;
    response.end(eventFrame("InvokeComplete", Buffer.from(JSON.stringify(complete)), "application/json"));
  };
  await host.invoke(name, { payload, ...clientContextOf(request), onChunk, onAnswer }, requestId);
}

function configuration(host: LambdaHost, fn: DeployedFunction): object {
  const { config } = fn;
  return {
    FunctionName: config.name,
    FunctionArn: functionArn(host.options.region, config.name),
    Runtime: config.runtime,
    Role: "arn:aws:iam::123456789012:role/local",
    Handler: config.handler,
    CodeSize: fn.codeBytes,
    Description: "",
    Timeout: config.timeoutSeconds,
    MemorySize: config.memoryMb,
    LastModified: fn.deployedAt.replace("Z", "+0000"),
    Version: "$LATEST",
    Environment: { Variables: config.environment ?? {} },
    TracingConfig: { Mode: "PassThrough" },
    Layers: (config.layers ?? []).map((layer) => ({
      Arn: `arn:aws:lambda:${host.options.region}:123456789012:layer:${layerName(layer)}:1`,
    })),
    State: "Active",
    LastUpdateStatus: "Successful",
    PackageType: "Zip",
    Architectures: [process.arch === "arm64" ? "arm64" : "x86_64"],
  };
}

const layerName = (path: string) =>
  (path.split("/").at(-1) ?? "layer").replace(/\.zip$/, "").replace(/[^A-Za-z0-9-_]/g, "-");

function getConfiguration({ host, response, name }: Call): void {
  sendJson(response, 200, configuration(host, host.functions.get(name)!));
}

function getFunction({ host, response, name }: Call): void {
  const fn = host.functions.get(name)!;
  const Code = { RepositoryType: "local", Location: `file://${fn.config.code}` };
  sendJson(response, 200, { Configuration: configuration(host, fn), Code, Tags: {} });
}

function listFunctions({ host, response }: Call): void {
  sendJson(response, 200, { Functions: [...host.functions.values()].map((fn) => configuration(host, fn)) });
}
