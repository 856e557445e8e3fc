/** Success rates and latencies, by function and operation. */
import type { Arrival } from "./arrival.ts";
import type { Overhead } from "./overhead.ts";
import type { CallResult } from "./send-load.ts";

export interface Latency {
  p50: number;
  p95: number;
  max: number;
}

export interface Tally {
  invocations: number;
  /** Ended as the event has it. */
  successes: number;
  /** 0 to 100. */
  success_rate: number;
  /** ms as the caller sees it, cold starts included. */
  latency_ms: Latency;
}

export interface FunctionSummary extends Tally {
  function: string;
  operations: (Tally & { operation: string })[];
}

export interface LoadFailure {
  function: string;
  operation: string;
  /** null: Lambda refused the request, nothing ran. */
  request_id: string | null;
  message: string;
}

/** What `--json` prints. */
export interface LoadTestReport {
  target: string;
  location: string;
  iterations: number;
  workers: number;
  duration_ms: number;
  total: Tally;
  functions: FunctionSummary[];
  failures: LoadFailure[];
  coverage: {
    expected: number;
    arrived: number;
    files: number;
    waited_ms: number;
    missing: { function: string; operation: string; request_id: string; reason: string }[];
  };
  /** Only of a local run: the same calls of the same functions without the layer. */
  overhead?: Overhead;
  /** Of the machine that ran it all, at the end: what the figures of a local run are worth. */
  machine?: { load_1min: number; cores: number };
}

/** `results`: without the bare twins. */
export function summarise(
  results: readonly CallResult[],
): Pick<LoadTestReport, "total" | "functions" | "failures"> {
  const byFunction = grouped(results, ({ call }) => call.functionName);
  return {
    total: tally(results),
    functions: [...byFunction].map(([name, ofFunction]) => ({
      function: name,
      ...tally(ofFunction),
      operations: [...grouped(ofFunction, ({ call }) => call.operation)].map(([operation, ofOperation]) => ({
        operation,
        ...tally(ofOperation),
      })),
    })),
    failures: results.filter(({ success }) => !success).map(failureOf),
  };
}

function tally(results: readonly CallResult[]): Tally {
  const successes = results.filter(({ success }) => success).length;
  return {
    invocations: results.length,
    successes,
    success_rate: (100 * successes) / results.length,
    latency_ms: latencyOf(results.map(({ latencyMs }) => latencyMs)),
  };
}

export function latencyOf(samples: readonly number[]): Latency {
  return { p50: quantile(samples, 0.5), p95: quantile(samples, 0.95), max: quantile(samples, 1) };
}

/** By nearest rank: a value that was measured, never one between two. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  return Math.round((sorted[rank - 1] ?? Number.NaN) * 100) / 100;
}

function failureOf({ call, requestId, outcome, message }: CallResult): LoadFailure {
  return {
    function: call.functionName,
    operation: call.operation,
    request_id: requestId ?? null,
    message: message ?? `ended ${outcome}, not with the error that was asked for`,
  };
}

function grouped(
  results: readonly CallResult[],
  keyOf: (result: CallResult) => string,
): Map<string, CallResult[]> {
  const groups = new Map<string, CallResult[]>();
  for (const result of results) {
    const group = groups.get(keyOf(result));
    if (group === undefined) groups.set(keyOf(result), [result]);
    else group.push(result);
  }
  return groups;
}

export function coverageOf(arrival: Arrival): LoadTestReport["coverage"] {
  return {
    expected: arrival.expected,
    arrived: arrival.arrived,
    files: arrival.files,
    waited_ms: Math.round(arrival.waitedMs),
    missing: arrival.missing.map(({ functionName, operation, requestId, reason }) => ({
      function: functionName,
      operation,
      request_id: requestId,
      reason,
    })),
  };
}
