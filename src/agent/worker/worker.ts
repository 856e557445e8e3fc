/**
 * The agent's own thread. Asks for extension events, holds the environment until the invocation's coverage
 * is stored, and near the deadline gets a snapshot even out of a spinning main thread.
 */
import { parentPort, workerData } from "node:worker_threads";
import { createExtensionClient, type ExtensionEvent } from "../shared/extension-client.ts";
import { holdBudgetMs } from "../shared/hold-budget.ts";
import type { TakenMessage, ToMain, ToWorker, WorkerSetup } from "../shared/messages.ts";
import {
  flagAsked,
  flagBegun,
  flagCollect,
  flagFlushed,
  flagRegistered,
  flagWatched,
} from "../shared/shared-flags.ts";
import { writeStatus } from "../shared/shared-status.ts";
import { systemClock } from "./delivery/clock.ts";
import { connectToMainThread, type MainThreadInspector } from "./main-thread-inspector.ts";
import { createStorekeeper, type Storekeeper } from "./storekeeper.ts";

/** Before the deadline: to take the snapshot of an invocation that does not end. */
const deadlineTakeMs = 500;
/** Before the deadline: when an upload at the deadline must be over. */
const deadlineReserveMs = 100;
/**
 * How long a handler runs before its marker is written: a quick one shares the core with nobody until its
 * response has left. The marker is there before the upload begins in any case.
 */
const markerDelayMs = 25;
/** From the response on, also where this thread came to it late: the main thread takes a longer hold for a hang. */
const longestHoldMs = 2_500;
const registerTimeoutMs = 1_000;
/** From an event to the first call of a watched handler: far more than a busy main thread needs. */
const firstBeginMs = 500;

const setup = workerData as WorkerSetup;
const { flags, settings } = setup;

let keeper: Storekeeper | undefined;
let inspector: MainThreadInspector | undefined;
let storing: Promise<unknown> = Promise.resolve();
/** Writes the current invocation's marker, the first time it is called. */
let openMarker: () => Promise<void> = async () => undefined;
/** Of the last event: what is stored from user code belongs to it. */
let eventRequestId: string | undefined;
/** Takes of finished invocations that no event has claimed yet, and who waits for the next. */
const inbox: TakenMessage[] = [];
let waiting: ((taken: TakenMessage) => void) | undefined;
/** Invocations that were let go before they finished: their `finished` may still come. */
let letGo = 0;
/** The function's own handler is the watched one: always so with the exec wrapper. */
let begins = !setup.register;
let beginsWithinMs = firstBeginMs;

const say = (message: ToMain): void => parentPort?.postMessage(message);

/** Once there is something to store: it reads what an earlier process of this sandbox has left. */
function keeperOpened(): Storekeeper {
  keeper ??= createStorekeeper(setup, (scriptIds) => mainThread().sourcesOf(scriptIds));
  return keeper;
}

function mainThread(): MainThreadInspector {
  inspector ??= connectToMainThread();
  return inspector;
}

function receive(message: ToWorker): void {
  if (message.kind === "event") void serveEvents(message.extensionId, message);
  else if (message.kind !== "taken") keeperOpened().note(message);
  else if (message.reason === "exit" || message.reason === "requested") void storeDirectly(message);
  else if (message.reason === "finished" && letGo > 0) {
    letGo--;
    void storeDirectly(message);
  } else if (waiting !== undefined) waiting(message);
  else if (message.reason === "finished") inbox.push(message);
  else void storeDirectly(message);
}

/** No event of the extension holds the environment for this one. */
async function storeDirectly(taken: TakenMessage): Promise<void> {
  const ok = await storeInTurn(taken);
  if (taken.awaitedId !== undefined) say({ kind: "stored", awaitedId: taken.awaitedId, ok });
  if (taken.reason === "exit") {
    Atomics.store(flags, flagFlushed, 1);
    Atomics.notify(flags, flagFlushed);
  }
}

const eventsPerFullCollection = 50;
let served = 0;

/**
 * What lies about until V8 minds it is memory of the function's; Lambda's runtimes expose the collector. 0.3 ms, 10 of a
 * full collection. While the environment is held: asked for the next event, it may be frozen, and a caller would wait.
 */
function collectGarbage(): void {
  globalThis.gc?.({ type: served++ % eventsPerFullCollection === 0 ? "major" : "minor" });
}

type InvokeEvent = Pick<ExtensionEvent, "requestId" | "deadlineMs">;

/** `first`: what the main thread has asked for. */
async function serveEvents(extensionId: string, first?: InvokeEvent): Promise<void> {
  const client = createExtensionClient(setup.runtimeApi as string, false);
  if (first !== undefined) await serveInvocation(first);
  for (;;) {
    collectGarbage();
    // Before it is sent: the next invocation may begin on the main thread at once.
    Atomics.add(flags, flagAsked, 1);
    const event = await client.next(extensionId);
    if (event.eventType === "INVOKE") await serveInvocation(event);
  }
}

async function serveInvocation(event: InvokeEvent): Promise<void> {
  eventRequestId = event.requestId;
  // No handler is wrapped, so none will say when it has finished: user code awaits what it stores.
  if (Atomics.load(flags, flagWatched) === 0) return;
  if (!(await handlerBegins())) {
    letGo = 1;
    return;
  }
  const clock = systemClock;
  const beganAt = clock.wallTime();
  const deadlineAt = clock.now() + (event.deadlineMs - beganAt);
  openMarker = once(async () => keeperOpened().open(event.requestId));
  const opening = setTimeout(openMarker, markerDelayMs);
  const finished = await takenBefore(deadlineAt - deadlineTakeMs);
  clearTimeout(opening);
  await openMarker();
  if (finished !== undefined) {
    const holdMs = Math.min(
      holdBudgetMs(settings.uploadTimeoutSeconds, deadlineAt - clock.now()),
      longestHoldMs - (clock.wallTime() - finished.finishedAt),
    );
    await storeInTurn(finished, clock.now() + holdMs);
    return;
  }
  if (setup.probes !== undefined) {
    letGo++;
    await storeInTurn(interrupted(event, beganAt), deadlineAt - deadlineReserveMs);
    return;
  }
  mainThread().takeAtDeadline();
  const taken = await takenBefore(deadlineAt - deadlineReserveMs);
  if (taken?.reason !== "finished") letGo++;
  if (taken !== undefined) await storeInTurn(taken, deadlineAt - deadlineReserveMs);
}

/** The probes' counters at the deadline; the main thread, which may spin or wait, has no part in it. */
function interrupted({ requestId }: InvokeEvent, startedAt: number): TakenMessage {
  const now = systemClock.wallTime();
  const invocation = {
    requestId,
    startedAt,
    durationMs: now - startedAt,
    busyMs: 0,
    outcome: "timeout" as const,
  };
  return { kind: "taken", reason: "deadline", invocation, probes: {}, credentials: {}, finishedAt: now };
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    result ??= work();
    return result;
  };
}

/** False where user code wraps another export than the one that this function runs: it never finishes for us. */
async function handlerBegins(): Promise<boolean> {
  const until = performance.now() + beginsWithinMs;
  begins ||= Atomics.load(flags, flagBegun) === 1;
  while (!begins && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    begins = Atomics.load(flags, flagBegun) === 1;
  }
  beginsWithinMs = 0;
  return begins;
}

/** Takes are stored one after the other. */
async function storeInTurn(taken: TakenMessage, deadlineAt?: number): Promise<boolean> {
  const stored = storing.then(async () => {
    const { store, clock } = keeperOpened();
    await openMarker();
    const budget = { deadlineAt: deadlineAt ?? clock.now() + (taken.budgetMs ?? 0) };
    return store(taken, budget, eventRequestId);
  });
  storing = stored.catch(() => undefined);
  const ok = await stored;
  afterStore();
  return ok;
}

function afterStore(): void {
  if (keeper === undefined) return;
  Atomics.store(flags, flagCollect, keeper.shouldCollect() ? 1 : 0);
  writeStatus(setup.status, keeper.delivery.status());
}

/** The next take, or undefined at `at` (on performance.now()'s clock). */
function takenBefore(at: number): Promise<TakenMessage | undefined> {
  const first = inbox.shift();
  if (first !== undefined) return Promise.resolve(first);
  return new Promise((resolve) => {
    const timer = setTimeout(() => done(undefined), Math.max(0, at - performance.now()));
    const done = (taken: TakenMessage | undefined): void => {
      clearTimeout(timer);
      waiting = undefined;
      resolve(taken);
    };
    waiting = done;
  });
}

async function registerHere(): Promise<void> {
  const client = createExtensionClient(setup.runtimeApi as string, false);
  try {
    const extensionId = await client.register(registerTimeoutMs);
    Atomics.store(flags, flagRegistered, 1);
    say({ kind: "registered", extensionId });
    void serveEvents(extensionId);
  } catch {
    Atomics.store(flags, flagRegistered, -1);
  }
  client.close();
  Atomics.notify(flags, flagRegistered);
}

parentPort?.on("message", receive);
if (setup.register && setup.runtimeApi !== undefined) void registerHere();
