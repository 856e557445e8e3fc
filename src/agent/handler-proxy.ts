/**
 * Stands in for the user's handler: a Proxy, so that the client sees the same function (own symbols, arity,
 * async-ness, name, properties), calls it with the same receiver and arguments and gets the same result.
 * It learns when an invocation begins and when its response is on its way.
 */
import { types } from "node:util";
import type { ClientLine } from "./client-line.ts";
import {
  type HttpAnswer,
  type ResponseStream as StreamForHealth,
  streamHealthAnswer,
} from "./health-check.ts";
import { removeAgentFrames } from "./stack-frames.ts";

// biome-ignore lint/complexity/noBannedTypes: whatever the user exports as handler
export type AnyFunction = Function;

/** One run of the handler. `finished` may come more than once; the first counts. */
export interface InvocationWatch {
  /** The response is posted by the client as soon as its own reaction runs. */
  finished(outcome: "ok" | "error"): void;
  /** Line 3: the response is posted when the event loop is empty. */
  finishesWithEmptyEventLoop(): void;
  /**
   * Present where nothing holds the environment after the response: the client has to wait for it before
   * it gets the result.
   */
  settled?: (() => Promise<void>) | undefined;
}

/** For a handler that is only wrapped for the health check. */
export const unwatched: InvocationWatch = {
  finished: () => undefined,
  finishesWithEmptyEventLoop: () => undefined,
};

export interface HandlerHost {
  line: ClientLine;
  agentFolder: string;
  /** A handler call begins; `context` is what the client passes. */
  begin(event: unknown, context: LambdaContext | undefined): InvocationWatch;
  /** The answer to a request for COVERAGE_HEALTH_CHECK_PATH; undefined for events that are the user's. */
  healthAnswer?: ((event: unknown) => HttpAnswer | undefined) | undefined;
}

export interface LambdaContext {
  awsRequestId?: unknown;
  callbackWaitsForEmptyEventLoop?: unknown;
  getRemainingTimeInMillis?: () => number;
  succeed?: unknown;
  fail?: unknown;
  done?: unknown;
}

const streamingSymbol = Symbol.for("aws.lambda.runtime.handler.streaming");

export function wrapHandler<T extends AnyFunction>(handler: T, host: HandlerHost): T {
  const streaming = Boolean((handler as { [streamingSymbol]?: unknown })[streamingSymbol]);
  return new Proxy(handler, {
    apply(target, receiver, args: unknown[]) {
      const context = args[streaming ? 2 : 1] as LambdaContext | undefined;
      const watch = host.begin(args[0], context);
      const answer = host.healthAnswer?.(args[0]);
      if (answer !== undefined) return answerHealthCheck(answer, watch, streaming ? args[1] : undefined);
      const passed = streaming ? watchStream(args, watch) : watchCallbacks(args, context, watch, host);
      let result: unknown;
      try {
        result = Reflect.apply(target, receiver, passed);
      } catch (error) {
        removeAgentFrames(error, host.agentFolder);
        watch.finished("error");
        if (watch.settled !== undefined) return rejectLater(watch.settled(), error);
        throw error;
      }
      if (types.isPromise(result)) return watchPromise(result, watch, host, streaming);
      if (isThenable(result)) return watchThenable(result, watch, host);
      if (host.line === 4) {
        if (!streaming) watch.finished("ok");
        if (watch.settled !== undefined && !streaming) return watch.settled().then(() => result);
      } else if (!streaming) watch.finishesWithEmptyEventLoop();
      return result;
    },
  });
}

/** In the user's stead; every kind of handler may answer by a promise. */
async function answerHealthCheck(
  answer: HttpAnswer,
  watch: InvocationWatch,
  stream: unknown,
): Promise<unknown> {
  if (stream === undefined) watch.finished("ok");
  else {
    watchStream([undefined, stream], watch);
    streamHealthAnswer(stream as StreamForHealth, answer);
  }
  await watch.settled?.();
  return stream === undefined ? answer : undefined;
}

async function rejectLater(settled: Promise<void>, error: unknown): Promise<never> {
  await settled;
  throw error;
}

/** Awaiting keeps V8's async trace whole: a second reaction on the user's promise would cut it. */
async function watchPromise(
  result: Promise<unknown>,
  watch: InvocationWatch,
  host: HandlerHost,
  streaming: boolean,
): Promise<unknown> {
  let value: unknown;
  try {
    value = await result;
  } catch (error) {
    removeAgentFrames(error, host.agentFolder);
    watch.finished("error");
    if (watch.settled !== undefined) await watch.settled();
    throw error;
  }
  if (!streaming) watch.finished("ok");
  if (watch.settled !== undefined) await watch.settled();
  return value;
}

interface Thenable {
  then(onFulfilled?: unknown, onRejected?: unknown): unknown;
}

function isThenable(value: unknown): value is Thenable {
  return (
    value !== null &&
    (typeof value === "object" || typeof value === "function") &&
    typeof (value as Partial<Thenable>).then === "function"
  );
}

/** `then` of a foreign thenable may start its work: it is called as often as the client calls it. */
function watchThenable(result: Thenable, watch: InvocationWatch, host: HandlerHost): Thenable {
  const ending =
    (outcome: "ok" | "error", reaction: unknown) =>
    (value: unknown): unknown => {
      if (outcome === "error") removeAgentFrames(value, host.agentFolder);
      watch.finished(outcome);
      return typeof reaction === "function" ? (reaction as (value: unknown) => unknown)(value) : value;
    };
  return {
    // biome-ignore lint/suspicious/noThenProperty: the client looks for it
    then: (onFulfilled, onRejected) => result.then(ending("ok", onFulfilled), ending("error", onRejected)),
  };
}

interface ResponseStream {
  once?(event: string, listener: () => void): void;
}

/** A streamed response has left when its stream has closed, which may be long after the handler's end. */
function watchStream(args: unknown[], watch: InvocationWatch): unknown[] {
  const stream = args[1] as ResponseStream | undefined;
  stream?.once?.("close", () => watch.finished("ok"));
  return args;
}

/** Line 3 posts the response from its callback and from `context.succeed/fail/done`. */
function watchCallbacks(
  args: unknown[],
  context: LambdaContext | undefined,
  watch: InvocationWatch,
  host: HandlerHost,
): unknown[] {
  if (host.line !== 3) return args;
  const watched = (original: unknown, outcomeOf: (args: unknown[]) => "ok" | "error", viaLoop: boolean) =>
    typeof original !== "function"
      ? original
      : function (this: unknown, ...reported: unknown[]): unknown {
          const outcome = outcomeOf(reported);
          if (outcome === "error") removeAgentFrames(reported[0], host.agentFolder);
          const answer = Reflect.apply(original, this, reported);
          if (outcome === "ok" && viaLoop && context?.callbackWaitsForEmptyEventLoop !== false) {
            watch.finishesWithEmptyEventLoop();
          } else watch.finished(outcome);
          return answer;
        };
  const errorFirst = (reported: unknown[]): "ok" | "error" => (reported[0] == null ? "ok" : "error");
  if (context !== undefined && typeof context === "object") {
    context.succeed = watched(context.succeed, () => "ok", false);
    context.fail = watched(context.fail, () => "error", false);
    context.done = watched(context.done, errorFirst, false);
  }
  if (args.length < 3) return args;
  const [event, , callback, ...rest] = args;
  return [event, context, watched(callback, errorFirst, true), ...rest];
}
