/**
 * Answers COVERAGE_HEALTH_CHECK_PATH in the user's stead: API Gateway v1 and v2, Application Load Balancer,
 * function URLs, the last also as a streamed response.
 */
import type { HealthBody } from "./health-status.ts";

interface HttpEvent {
  version?: unknown;
  path?: unknown;
  rawPath?: unknown;
  httpMethod?: unknown;
  multiValueHeaders?: unknown;
  headers?: unknown;
  requestContext?: { elb?: unknown; stage?: unknown; http?: { method?: unknown } | null } | null;
}

/** How the caller wants its answer. */
type Source = "api-gateway-v1" | "http-v2" | "alb";

export interface HealthRequest {
  source: Source;
  method: string;
  /** ALB with multi-value headers switched on answers 502 to single ones. */
  multiValueHeaders: boolean;
}

/** The request for the health check that an event is, or undefined: then it is the user's. */
export function healthRequest(
  event: unknown,
  healthCheckPath: string | undefined,
): HealthRequest | undefined {
  if (healthCheckPath === undefined || typeof event !== "object" || event === null) return undefined;
  const http = event as HttpEvent;
  const context = http.requestContext;
  if (typeof context !== "object" || context === null) return undefined;
  const source = context.elb !== undefined ? "alb" : http.version === "2.0" ? "http-v2" : "api-gateway-v1";
  const method = source === "http-v2" ? context.http?.method : http.httpMethod;
  if (method !== "GET" && method !== "HEAD") return undefined;
  const path = source === "http-v2" ? withoutStage(http.rawPath, context.stage) : http.path;
  if (typeof path !== "string" || withoutTrailingSlash(path) !== withoutTrailingSlash(healthCheckPath))
    return undefined;
  return {
    source,
    method,
    multiValueHeaders: source === "alb" && http.headers === undefined && http.multiValueHeaders !== undefined,
  };
}

/** HTTP APIs put a named stage before the path. */
function withoutStage(rawPath: unknown, stage: unknown): unknown {
  if (typeof rawPath !== "string" || typeof stage !== "string" || stage === "$default") return rawPath;
  return rawPath.startsWith(`/${stage}/`) ? rawPath.slice(stage.length + 1) : rawPath;
}

function withoutTrailingSlash(path: string): string {
  const slashed = path.startsWith("/") ? path : `/${path}`;
  return slashed.length > 1 ? slashed.replace(/\/$/, "") : slashed;
}

/** What the handler's wrapper gives in the user's stead. */
export interface HealthReply {
  answer: HttpAnswer;
  streamTo(stream: ResponseStream): void;
}

/** For the handler's wrapper: undefined where no path is set, so that nothing looks at events. */
export function healthResponder(
  healthCheckPath: string | undefined,
  body: () => HealthBody,
): ((event: unknown) => HealthReply | undefined) | undefined {
  if (healthCheckPath === undefined) return undefined;
  return (event) => {
    const request = healthRequest(event, healthCheckPath);
    if (request === undefined) return undefined;
    const answer = healthAnswer(request, body());
    return { answer, streamTo: (stream) => streamHealthAnswer(stream, answer) };
  };
}

const headers = { "content-type": "application/json", "cache-control": "no-store" };

export interface HttpAnswer {
  statusCode: 200;
  statusDescription?: string;
  headers?: Record<string, string>;
  multiValueHeaders?: Record<string, string[]>;
  body: string;
  isBase64Encoded: false;
}

/** Always 200: whether coverage is well says the body, and a probe must not take the function out of service. */
export function healthAnswer(request: HealthRequest, body: HealthBody): HttpAnswer {
  const multiValue = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
  return {
    statusCode: 200,
    ...(request.source === "alb" && { statusDescription: "200 OK" }),
    ...(request.multiValueHeaders ? { multiValueHeaders: multiValue } : { headers: { ...headers } }),
    body: request.method === "HEAD" ? "" : JSON.stringify(body),
    isBase64Encoded: false,
  };
}

export interface ResponseStream {
  setContentType?(type: string): void;
  write(chunk: string | Uint8Array): unknown;
  end(): unknown;
}

/**
 * The same as a streamed response: a JSON prelude with status and headers, eight zero bytes, the body.
 * https://docs.aws.amazon.com/lambda/latest/dg/response-streaming-tutorial.html
 */
export function streamHealthAnswer(stream: ResponseStream, answer: HttpAnswer): void {
  stream.setContentType?.("application/vnd.awslambda.http-integration-response");
  stream.write(JSON.stringify({ statusCode: answer.statusCode, headers: answer.headers ?? headers }));
  stream.write(new Uint8Array(8));
  stream.write(answer.body);
  stream.end();
}
