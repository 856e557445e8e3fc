/**
 * V8's precise coverage of the main thread. Only this session starts and takes coverage: a session of
 * another thread would wipe what straight-line functions counted before (docs: FACTS in howitworks).
 */
import { Session } from "node:inspector";
import { type Granularity, profilerStopped } from "../../../contract/coverage-file.ts";
import { packRanges, type V8Function } from "../../../contract/ranges.ts";
import type { Snapshot, SnapshotScript } from "../../shared/messages.ts";
import type { ScriptFilter } from "../script-filter.ts";
import { type Canary, canaryUrl, createCanary } from "./canary.ts";

interface V8Script {
  scriptId: string;
  url: string;
  functions: V8Function[];
}

export type Take = { snapshot: Snapshot } | { lost: string };

export interface Profiler {
  /** Counters since the last take, reset by it. Synchronous: 2 to 20 ms. */
  take(): Take;
  /** Resets the counters and keeps nothing. */
  discard(): void;
  /** Whether V8 still counts for us. */
  readonly running: boolean;
  stop(): void;
}

/** Per function without call counts it costs nearly nothing, once what is hot has been reported; see bench/hot. */
const modes = {
  block: { detailed: true, callCount: true },
  function: { detailed: false, callCount: false },
};

const maxCount = 2 ** 31 - 1;

export function startProfiler(granularity: Granularity, filter: ScriptFilter): Profiler {
  const session = new Session();
  session.connect();
  const post = <T>(method: string, params?: object): T => {
    let answer: T | undefined;
    let failure: Error | null = null;
    // In the session's own thread `post` answers before it returns.
    session.post(method, params, (error, result) => {
      failure = error;
      answer = result as T;
    });
    if (failure !== null) throw failure;
    return answer as T;
  };
  const takeAll = (): V8Script[] => post<{ result: V8Script[] }>("Profiler.takePreciseCoverage").result;
  const start = (): Canary => {
    post("Profiler.startPreciseCoverage", modes[granularity]);
    return createCanary(granularity, takeAll);
  };
  post("Profiler.enable");
  let canary = start();
  let running = true;
  let restarts = 0;

  const takeScripts = (): V8Script[] | undefined => {
    canary.beforeTake();
    const result = takeAll();
    const sung = result.filter((script) => script.url === canaryUrl).flatMap((script) => script.functions);
    return canary.afterTake(sung) ? result : undefined;
  };
  const restart = (): void => {
    running = restarts === 0;
    restarts++;
    if (running) canary = start();
    else session.disconnect();
  };
  return {
    get running() {
      return running;
    },
    take() {
      if (!running) return { lost: profilerStopped };
      const began = performance.now();
      const scripts = takeScripts();
      if (scripts !== undefined) return { snapshot: pack(scripts, filter, began) };
      restart();
      return { lost: running ? "canary" : profilerStopped };
    },
    discard() {
      if (running && takeScripts() === undefined) restart();
    },
    stop() {
      if (running) session.disconnect();
      running = false;
    },
  };
}

function pack(result: readonly V8Script[], filter: ScriptFilter, began: number): Snapshot {
  const scripts: SnapshotScript[] = [];
  const parts: number[][] = [];
  let size = 0;
  for (const script of result) {
    const file = filter.fileOf(script.scriptId, script.url);
    if (file === undefined) continue;
    const packed = packRanges(script.functions);
    scripts.push({ scriptId: script.scriptId, file, from: size, to: size + packed.length });
    parts.push(packed);
    size += packed.length;
  }
  const ranges = new Int32Array(size);
  let at = 0;
  for (const part of parts) {
    for (const value of part) ranges[at++] = Math.min(value, maxCount);
  }
  return { scripts, ranges, takeMs: performance.now() - began };
}
