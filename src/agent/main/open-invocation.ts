import { type EventLoopUtilization, performance } from "node:perf_hooks";
import type { Outcome } from "../../contract/coverage-file.ts";
import type { RunInvocation } from "../shared/messages.ts";
import type { LambdaContext } from "./handler/handler-proxy.ts";

/** An invocation from its handler's call on. */
export interface OpenInvocation {
  requestId: string;
  startedAt: number;
  beganAt: number;
  /** How long the main thread has run code since. */
  busyMs: () => number;
  /** Until the deadline; infinite where the client does not say. */
  remainingMs: () => number;
  /** Undefined while the handler runs. */
  outcome: Outcome | undefined;
  /** How often the worker had asked for an event: once more, and it has let this invocation go. */
  askedAtBegin: number;
  endsWithEmptyLoop: boolean;
  /** A CoverageContext was used: only its blocks are recorded. */
  selective: boolean;
  /** A file of one of its blocks names it already. */
  reported: boolean;
}

/** `nth` names an invocation that no client gave an id. */
export function openInvocation(
  context: LambdaContext | undefined,
  { nth, ...rest }: { nth: number; askedAtBegin: number; selective: boolean },
): OpenInvocation {
  const remaining = context?.getRemainingTimeInMillis;
  return {
    requestId: typeof context?.awsRequestId === "string" ? context.awsRequestId : `local-${nth}`,
    startedAt: Date.now(),
    beganAt: performance.now(),
    busyMs: busySince(performance.eventLoopUtilization()),
    remainingMs: typeof remaining === "function" ? remaining.bind(context) : () => Number.POSITIVE_INFINITY,
    outcome: undefined,
    endsWithEmptyLoop: false,
    reported: false,
    ...rest,
  };
}

export function closeInvocation(open: OpenInvocation, outcome: Outcome): RunInvocation {
  const { requestId, startedAt, beganAt, busyMs } = open;
  return { requestId, startedAt, durationMs: performance.now() - beganAt, busyMs: busyMs(), outcome };
}

function busySince(begin: EventLoopUtilization): () => number {
  return () => performance.eventLoopUtilization(begin).active;
}
