/**
 * V8's precise coverage of the main thread. Only this session starts and takes coverage: a session of
 * another thread would wipe what straight-line functions counted before (docs: FACTS in howitworks).
 */
import { Session } from "node:inspector";
import { type Granularity, profilerStopped } from "../../../contract/coverage-file.ts";
import { packRanges, type V8Function } from "../../../contract/ranges.ts";
import type { Snapshot, SnapshotScript } from "../../shared/messages.ts";
import type { Collector } from "../collector.ts";
import type { ScriptFilter } from "../script-filter.ts";
import { type Canary, canaryUrl, createCanary } from "./canary.ts";
import { createExactWindows } from "./exact-windows.ts";

interface V8Script {
  scriptId: string;
  url: string;
  functions: V8Function[];
}

export interface ProfilerOptions {
  granularity: Granularity;
  /** Count every call in later snapshots, too: COVERAGE_EXACT_WINDOWS. */
  exactWindows: boolean;
  filter: ScriptFilter;
}

/** Per function without call counts it costs nearly nothing, once what is hot has been reported; see bench/hot. */
const modes = {
  block: { detailed: true, callCount: true },
  function: { detailed: false, callCount: false },
};

const maxCount = 2 ** 31 - 1;

export function startProfiler({ granularity, exactWindows, filter }: ProfilerOptions): Collector {
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
  const windows = createExactWindows(exactWindows && granularity === "block");
  let canary = start();
  /** What V8 has counted since the last take is whole. In the first window each function began unoptimised. */
  let isWhole = granularity === "block";
  let isFirst = true;
  let running = true;
  let restarts = 0;

  const takeScripts = (): V8Script[] | undefined => {
    canary.beforeTake();
    const result = takeAll();
    const canaries = result
      .filter((script) => script.url === canaryUrl)
      .flatMap((script) => script.functions);
    return canary.afterTake(canaries) ? result : undefined;
  };
  const prepareNext = (isLast: boolean): void => {
    isFirst = false;
    if (!isLast && windows.begin()) post("Profiler.startPreciseCoverage", modes[granularity]);
    isWhole = windows.hold;
  };
  const restart = (): void => {
    running = restarts === 0;
    restarts++;
    if (running) canary = start();
    else session.disconnect();
  };
  return {
    kind: "v8",
    get running() {
      return running;
    },
    take({ isLast }) {
      if (!running) return { lost: profilerStopped };
      const began = performance.now();
      const scripts = takeScripts();
      // A thread of the user's may have begun in this window.
      const exact = isWhole && (isFirst || windows.hold);
      prepareNext(isLast);
      if (scripts !== undefined) return { snapshot: pack(scripts, filter, exact, began) };
      restart();
      return { lost: running ? "canary" : profilerStopped };
    },
    discard() {
      if (!running) return undefined;
      if (takeScripts() === undefined) restart();
      // Not all that ran since the last file will be in the next.
      isWhole = false;
      return undefined;
    },
    // A take of its own would cost a cold start 2 to 20 ms; see docs/decisions.
    loaded: () => undefined,
    stop() {
      if (running) session.disconnect();
      running = false;
    },
  };
}

function pack(result: readonly V8Script[], filter: ScriptFilter, exact: boolean, began: number): Snapshot {
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
  return { scripts, ranges, exact, takeMs: performance.now() - began };
}
