/**
 * Turns takes into stored files: numbers them, encodes, compresses, delivers, and stores each script once.
 * Runs in the worker; one take at a time.
 */
import { randomUUID } from "node:crypto";
import { gzipSync } from "node:zlib";
import { profilerStopped, type ScriptCoverage } from "../../contract/coverage-file.ts";
import type { Budget } from "../shared/hold-budget.ts";
import { createLog, logLevel } from "../shared/log.ts";
import type { ProbesMessage, RunInvocation, TakenMessage, WorkerSetup } from "../shared/messages.ts";
import { createBusyHandlerNote } from "./busy-handler.ts";
import {
  type EncodingContext,
  encodeCoverageFile,
  encodeInvocation,
  functionIdentity,
} from "./coverage-encoder.ts";
import { type Clock, systemClock } from "./delivery/clock.ts";
import { createDelivery, type Delivery } from "./delivery/delivery.ts";
import { type Marker, newMarker } from "./delivery/markers.ts";
import { createInitFiles } from "./init-files.ts";
import { createNovelty, type Intervals } from "./novelty.ts";
import { createProbeTakes } from "./probe-takes.ts";
import type { AskForSources } from "./script-sources.ts";
import type { ReadTake } from "./take-reader.ts";
import { createV8Takes } from "./v8-takes.ts";
import { createWantedScripts } from "./wanted-scripts.ts";

export interface Storekeeper {
  /** An invocation begins: from here on its coverage is owed. */
  open(requestId: string): void;
  /** Stores a take within the budget; whether nothing of it is pending or lost. Never rejects. */
  store(taken: TakenMessage, budget: Budget, eventRequestId?: string): Promise<boolean>;
  /** What the main thread tells of the probes' counters between takes. */
  note(message: ProbesMessage): void;
  /** Whether the next invocation's coverage is to be taken; to be asked once for each. */
  shouldCollect(): boolean;
  readonly delivery: Delivery;
  readonly clock: Clock;
}

/** Two files may have one text; each has its own that is new. */
const noveltyKey = ({ script, path }: ScriptCoverage): string => `${script} ${path}`;

export function createStorekeeper(setup: WorkerSetup, ask: AskForSources): Storekeeper {
  const { settings, env, taskRoot, collectedFrom, environmentId = randomUUID() } = setup;
  const clock = systemClock;
  const log = createLog({ level: logLevel(settings), functionName: env.AWS_LAMBDA_FUNCTION_NAME });
  const context: EncodingContext = {
    settings,
    function: functionIdentity(env),
    environmentId,
    collectedFrom,
    taskRoot,
  };
  const delivery = createDelivery({ settings, env, clock, log, environment: context });
  const probeTakes = setup.probes && createProbeTakes(setup.probes, taskRoot);
  const takes = probeTakes ?? createV8Takes(context, ask);
  const novelty = createNovelty();
  const noteBusy = createBusyHandlerNote(log, settings);
  const inits = createInitFiles({ delivery, granularity: settings.granularity, clock });
  const wanted = createWantedScripts({ delivery, clock, content: takes.content });
  let sequence = 0;
  let owed: Marker | undefined;
  let lastRequestId = "";
  let filesOfRequest = 0;
  /** The last record is made: nothing is owed for later invocations. */
  let isOver = false;
  /** Invocations whose counters V8 still holds: they come with the next file. */
  const uncollected: RunInvocation[] = [];

  const markerFor = (requestId: string): Marker => {
    filesOfRequest = requestId === lastRequestId ? filesOfRequest + 1 : 0;
    lastRequestId = requestId;
    const file = { environmentId, sequence, requestId, startedAt: clock.wallTime() };
    return newMarker(context, file, filesOfRequest);
  };

  const open = (requestId: string): void => {
    if (isOver) return;
    owed = markerFor(requestId);
    if (uncollected.length > 0) owed.invocations = uncollected.map(encodeInvocation);
    delivery.markers.open(owed);
  };

  /** Undefined where there is nothing to store. */
  const readTake = async (taken: TakenMessage): Promise<Pick<ReadTake, "scripts" | "exact"> | undefined> => {
    const read = await takes.read(taken);
    if (read === undefined) return isOver ? undefined : { scripts: [], exact: false };
    const { scripts, covered, exact } = read;
    if (settings.upload === "new") {
      const isNew = (script: ScriptCoverage, index: number): boolean =>
        novelty.hasNew(noveltyKey(script), covered[index] as Intervals);
      // Sequence 0 is stored in any case: it lists the functions that never ran.
      if (!scripts.some(isNew) && sequence > 0) return undefined;
      for (const [index, script] of scripts.entries())
        novelty.remember(noveltyKey(script), covered[index] as Intervals);
    }
    if (settings.uploadSources) wanted.add(read.wanted);
    for (const { extent, scripts: loading } of read.inits) inits.add(extent, loading, sequence);
    return { scripts, exact };
  };

  /** Nothing new to store: the time goes to what earlier invocations could not store. */
  const storeWhatIsLeft = async (budget: Budget): Promise<void> => {
    await Promise.all([wanted.store(budget), inits.store(budget)]);
    if (delivery.status().pendingFiles === 0) return;
    delivery.breaker.report((await delivery.retryPending(budget)) > 0);
  };

  const store = async (taken: TakenMessage, budget: Budget, eventRequestId?: string): Promise<boolean> => {
    if (taken.invocation !== undefined) {
      uncollected.push(taken.invocation);
      if (probeTakes === undefined) noteBusy(taken.invocation.busyMs);
    }
    Object.assign(env, taken.credentials);
    if (taken.selective) {
      owed = undefined;
      delivery.markers.close(environmentId, sequence);
    }
    if (taken.snapshot === undefined && taken.probes === undefined && taken.lost === undefined) return true;
    if (taken.invocation === undefined && taken.snapshot?.scripts.length === 0) return true;
    const requestId = taken.invocation?.requestId ?? owed?.requestId ?? eventRequestId ?? "none";
    const read = await readTake(taken);
    if (taken.probes !== undefined && taken.invocation === undefined && read?.scripts.length === 0)
      return true;
    if (read === undefined) {
      delivery.markers.close(environmentId, sequence);
      uncollected.length = 0;
      await storeWhatIsLeft(budget);
      return !isOver;
    }
    const key = owed?.requestId === requestId ? owed.key : markerFor(requestId).key;
    owed = undefined;
    const file = encodeCoverageFile(context, {
      sequence,
      invocations: uncollected,
      ...read,
      lost: taken.lost,
      inits: inits.references,
    });
    uncollected.length = 0;
    isOver = taken.lost === profilerStopped;
    const body = gzipSync(JSON.stringify(file));
    const result = await delivery.storeCoverage(
      {
        key,
        body,
        environmentId,
        sequence: sequence++,
        requestId,
        collector: probeTakes === undefined ? "v8" : "probes",
        measures: {
          initializationMs: taken.initializationMs,
          finalizationMs: Math.max(0, clock.wallTime() - taken.finishedAt),
          snapshotMs: taken.snapshot?.takeMs,
          memoryBytes: process.memoryUsage.rss(),
        },
      },
      budget,
    );
    const stored = result.outcome === "stored";
    delivery.breaker.report(stored);
    if (stored) {
      await Promise.all([wanted.store(budget), inits.store(budget)]);
      await delivery.retryPending(budget);
    }
    return stored;
  };
  const note = (message: ProbesMessage): void => {
    if (message.kind === "stale") probeTakes?.stale(message.path);
    else if (message.kind === "loaded") probeTakes?.loaded(message.counters);
    else probeTakes?.discard(message.counters);
  };
  return { open, store, note, shouldCollect: () => delivery.breaker.shouldCollect(), delivery, clock };
}
