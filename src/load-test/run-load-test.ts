/** A load test from the first call to the last coverage file; where it runs is passed in. */
import { cpus, loadavg } from "node:os";
import type { LocalEvent } from "../local/types.ts";
import type { CoverageStore } from "../store/store.ts";
import { awaitCoverage, type ExpectedCoverage } from "./arrival.ts";
import type { Invoker } from "./invoker.ts";
import { overheadOf } from "./overhead.ts";
import type { EventsFor } from "./payload-sets.ts";
import { planCalls } from "./plan.ts";
import { type CallResult, sendLoad } from "./send-load.ts";
import { coverageOf, type LoadTestReport, summarise } from "./summary.ts";

export interface LoadProgress {
  phase: "invoking" | "coverage";
  done: number;
  total: number;
  /** Invocations that did not end as their event has it. */
  failed: number;
  /** Of the latest answer. */
  latencyMs: number;
}

export interface LoadTestOptions {
  /** For people: `AWS (eu-west-1)`, an endpoint, `local Lambda, nodejs24.x`. */
  target: string;
  functions: readonly string[];
  events: EventsFor;
  iterations: number;
  workers: number;
  /** Calls each function's twin without the layer too; `localEvents` then tells what the layer adds. */
  bare: boolean;
  localEvents?: () => Promise<LocalEvent[]>;
  invoke: Invoker;
  store: CoverageStore;
  prefix: string;
  /** How long coverage may take to arrive after the last answer. */
  patienceMs: number;
  onProgress?: (progress: LoadProgress) => void;
  signal?: AbortSignal;
}

/** Rejects with the store's error, or the signal's reason; whatever invocations do is in the report. */
export async function runLoadTest(options: LoadTestOptions): Promise<LoadTestReport> {
  const { functions, events, iterations, workers, bare } = options;
  const startedAt = performance.now();
  // Clocks differ a little: a file may bear the day before.
  const from = new Date(Date.now() - 60_000);
  const calls = planCalls({ functions, events, iterations, bare });
  const progress: LoadProgress = {
    phase: "invoking",
    done: 0,
    total: calls.length,
    failed: 0,
    latencyMs: 0,
  };
  const report = (change: Partial<LoadProgress>) =>
    options.onProgress?.(Object.assign(progress, change) && { ...progress });
  const results = await sendLoad({
    calls,
    workers,
    invoke: options.invoke,
    onResult: ({ success, latencyMs }) =>
      report({ done: progress.done + 1, failed: progress.failed + (success ? 0 : 1), latencyMs }),
    ...(options.signal && { signal: options.signal }),
  });
  const measured = results.filter(({ call }) => !call.bare);
  const expected = expectedOf(measured);
  report({ phase: "coverage", done: 0, total: expected.length });
  const arrival = await awaitCoverage({
    store: options.store,
    prefix: options.prefix,
    expected,
    from,
    patienceMs: options.patienceMs,
    onProgress: (arrived) => report({ done: arrived }),
    ...(options.signal && { signal: options.signal }),
  });
  return {
    target: options.target,
    location: `${options.store.location}/${options.prefix}`,
    iterations,
    workers,
    duration_ms: Math.round(performance.now() - startedAt),
    ...summarise(measured),
    coverage: coverageOf(arrival),
    ...(bare &&
      options.localEvents && {
        overhead: overheadOf(results, await options.localEvents()),
        machine: { load_1min: Math.round((loadavg()[0] ?? 0) * 10) / 10, cores: cpus().length },
      }),
  };
}

/** Every invocation that took place, whether it succeeded or not. */
function expectedOf(results: readonly CallResult[]): ExpectedCoverage[] {
  return results.flatMap(({ call, requestId }) =>
    requestId === undefined
      ? []
      : [{ requestId, functionName: call.functionName, operation: call.operation }],
  );
}
