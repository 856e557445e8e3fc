/**
 * Stands in for the user's handler: a Proxy, so that the client sees the same function (own symbols, arity,
 * async-ness, name, properties), calls it with the same receiver and arguments and gets the same result.
 * It learns when an invocation begins and when its response is on its way.
 */
import { types } from "node:util";
import type { HealthReply, ResponseStream as HealthStream } from "../health/health-check.ts";
import type { ClientLine } from "./client-line.ts";
import { watchCallbacks } from "./handler-callbacks.ts";
import type { OwnFrames } from "./own-frames.ts";

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
  frames: OwnFrames;
  /** A handler call begins; `context` is what the client passes. */
  begin(event: unknown, context: LambdaContext | undefined): InvocationWatch;
  /** The answer to a request for COVERAGE_HEALTH_CHECK_PATH; undefined for events that are the user's. */
  healthAnswer?: ((event: unknown) => HealthReply | undefined) | undefined;
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
      const begun = host.begin(args[0], context);
      const watch = streaming ? untilClosed(args[1] as ResponseStream | undefined, begun) : begun;
      const answer = host.healthAnswer?.(args[0]);
      if (answer !== undefined) return answerHealthCheck(answer, watch, streaming ? args[1] : undefined);
      const passed = streaming ? args : watchCallbacks(args, context, watch, host);
      let result: unknown;
      try {
        result = Reflect.apply(target, receiver, passed);
      } catch (error) {
        host.frames.removeFrom(error);
        watch.finished("error");
        if (watch.settled !== undefined) return rejectLater(watch.settled(), error);
        throw error;
      }
      // Line 4 awaits whatever it gets; so do we, and V8's async trace stays whole.
      if (types.isPromise(result) || (host.line === 4 && isThenable(result))) {
        return watchPromise(result, watch, host);
      }
      if (isThenable(result)) return watchThenable(result, watch, host);
      // The client refuses a streaming handler that returns no promise.
      if (streaming) watch.finished("error");
      return streaming ? result : watchReturned(result, watch, host);
    },
  });
}

/** A value that is no promise: line 4 posts it, line 3 waits for a callback or an empty event loop. */
function watchReturned(result: unknown, watch: InvocationWatch, host: HandlerHost): unknown {
  if (host.line === 3) {
    watch.finishesWithEmptyEventLoop();
    return result;
  }
  watch.finished("ok");
  return watch.settled === undefined ? result : watch.settled().then(() => result);
}

/** In the user's stead; every kind of handler may answer by a promise. */
async function answerHealthCheck(
  reply: HealthReply,
  watch: InvocationWatch,
  stream: unknown,
): Promise<unknown> {
  if (stream !== undefined) reply.streamTo(stream as HealthStream);
  watch.finished("ok");
  await watch.settled?.();
  return stream === undefined ? reply.answer : undefined;
}

async function rejectLater(settled: Promise<void>, error: unknown): Promise<never> {
  await settled;
  throw error;
}

/** Awaiting keeps V8's async trace whole: a second reaction on the user's promise would cut it. */
async function watchPromise(
  result: PromiseLike<unknown>,
  watch: InvocationWatch,
  host: HandlerHost,
): Promise<unknown> {
  let value: unknown;
  try {
    value = await result;
  } catch (error) {
    host.frames.removeFrom(error);
    watch.finished("error");
    if (watch.settled !== undefined) await watch.settled();
    throw error;
  }
  watch.finished("ok");
  if (watch.settled !== undefined) await watch.settled();
  return value;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value !== null &&
    (typeof value === "object" || typeof value === "function") &&
    typeof (value as { then?: unknown }).then === "function"
  );
}

type Reaction = ((value: unknown) => unknown) | null | undefined;

/** Line 3 calls `then` itself; starting its work is the thenable's business, so it is called as often. */
function watchThenable(result: PromiseLike<unknown>, watch: InvocationWatch, host: HandlerHost): object {
  const ending = (outcome: "ok" | "error", reaction: Reaction) => (value: unknown) => {
    if (outcome === "error") host.frames.removeFrom(value);
    watch.finished(outcome);
    return typeof reaction === "function" ? reaction(value) : value;
  };
  return {
    // biome-ignore lint/suspicious/noThenProperty: the client looks for it
    then: (onFulfilled: Reaction, onRejected: Reaction) =>
      result.then(ending("ok", onFulfilled), ending("error", onRejected)),
  };
}

interface ResponseStream {
  once?(event: string, listener: () => void): void;
}

/** A streamed response has left when its stream has closed, which may be long after the handler's end. */
function untilClosed(stream: ResponseStream | undefined, watch: InvocationWatch): InvocationWatch {
  if (typeof stream?.once !== "function" || watch.settled !== undefined) return watch;
  let outcome: "ok" | "error" | undefined;
  let closed = false;
  stream.once("close", () => {
    closed = true;
    if (outcome !== undefined) watch.finished(outcome);
  });
  return {
    ...watch,
    finished(ended) {
      outcome ??= ended;
      if (closed) watch.finished(outcome);
    },
  };
}
