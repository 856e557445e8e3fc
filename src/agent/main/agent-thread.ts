/**
 * The main thread's hold on the agent's worker: starts it, sends it takes, and sees that every environment is
 * let go when it is dead or stuck.
 */
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
// Imported, not global: fake timers of user code are not for us.
import { setTimeout } from "node:timers";
import { Worker, type WorkerOptions } from "node:worker_threads";
import { ownThread } from "../collect/user-threads.ts";
import type { ExtensionEvent } from "../shared/extension-client.ts";
import type { ToMain, ToWorker, WorkerSetup } from "../shared/messages.ts";
import { sandboxFolder } from "../shared/open-marker.ts";
import { flagAsked } from "../shared/shared-flags.ts";
import { releaseEveryEvent } from "./guard.ts";

/** The longest hold (see delivery/hold-budget.ts) and what a busy machine may add to it. */
const hangCapMs = 2_750;
/** Before the deadline; the worker's own budget ends 500 ms before it. */
const hangReserveMs = 250;

/** After the first invocation began, on a single core; most handlers that only compute have answered by then. */
const lateStartMs = 20;

/** The worker's file, or its code. */
export type WorkerCode = { file: string | URL } | { code: string };

export interface AgentThreadEvents {
  /** Once, whatever happened. */
  ended(cause: string): void;
  stored(awaitedId: number, ok: boolean): void;
}

export class AgentThread {
  readonly #launch: () => Worker;
  readonly #runtimeApi: string | undefined;
  readonly #flags: Int32Array;
  readonly #events: AgentThreadEvents;
  readonly #startsLate: boolean;
  #worker: Worker | undefined;
  #extensionId: string | undefined;
  #firstEvent: Promise<unknown> | undefined;
  /** The first. */
  #event: ToWorker | undefined;
  /** For a worker that has not started yet. */
  readonly #early: ToWorker[] = [];
  #ended = false;

  /**
   * Where there is a core for it, the worker boots beside the user's modules. Else it waits for the first response, or
   * until its handler has waited for something for a while; where an earlier process of this sandbox has been, which
   * may have been killed in a first invocation that never waits, for the end of init only.
   */
  constructor(code: WorkerCode, setup: WorkerSetup, events: AgentThreadEvents) {
    const hasOwnCore = setup.register || availableParallelism() > 1;
    this.#startsLate = !hasOwnCore && !existsSync(sandboxFolder(setup.env));
    this.#launch = () => startWorker(code, setup);
    this.#runtimeApi = setup.runtimeApi;
    this.#flags = setup.flags;
    this.#events = events;
    if (hasOwnCore) this.#started();
  }

  /** The user's modules have loaded. */
  initialized(): void {
    if (!this.#startsLate) this.#start();
  }

  #start(): void {
    // The guard answers its events then: a worker would hold the first one for a take that never comes.
    if (this.#ended) return;
    try {
      this.#started();
    } catch (error) {
      this.end(String(error));
    }
  }

  #started(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = this.#launch();
    worker.on("message", (message: ToMain) => {
      if (message.kind === "registered") this.#extensionId = message.extensionId;
      else this.#events.stored(message.awaitedId, message.ok);
    });
    worker.on("error", (error) => this.end(String(error)));
    worker.on("exit", (exitCode) => this.end(`exit code ${exitCode}`));
    // The user's event loop decides when the process ends.
    worker.unref();
    this.#worker = worker;
    for (const message of this.#early.splice(0)) worker.postMessage(message);
    if (this.#event !== undefined) worker.postMessage(this.#event);
    return worker;
  }

  /** The extension's identifier is known here: its events are somebody's to answer. */
  get registered(): boolean {
    return this.#extensionId !== undefined;
  }

  /**
   * The main thread has registered and asked for the first event, so that init does not wait for the worker's
   * boot. The worker serves that event, and asks for the later ones itself.
   */
  serveEvents(extensionId: string, firstEvent: Promise<ExtensionEvent>): void {
    this.#extensionId = extensionId;
    this.#firstEvent = firstEvent.then((event) => this.announce(event)).catch(() => undefined);
    if (this.#ended) void this.#letGo();
  }

  /** The first event, from the API or, where the main thread is too busy to read that, from the handler's call. */
  announce({ requestId, deadlineMs }: Pick<ExtensionEvent, "requestId" | "deadlineMs">): void {
    if (this.#event !== undefined || this.#firstEvent === undefined || this.#extensionId === undefined)
      return;
    if (this.#ended || !Number.isFinite(deadlineMs)) return;
    const event: ToWorker = { kind: "event", extensionId: this.#extensionId, requestId, deadlineMs };
    this.#event = event;
    if (this.#worker === undefined) setTimeout(() => this.#start(), lateStartMs).unref();
    else this.post(event);
  }

  /** Starts no worker that is to start late. */
  postLater(message: ToWorker): void {
    if (this.#worker === undefined) this.#early.push(message);
    else this.post(message);
  }

  post(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    try {
      this.#started().postMessage(message, transfer);
    } catch (error) {
      this.end(String(error));
    }
  }

  /**
   * An answered invocation never ends as timed out because the worker is stuck. `asked`: how often it had asked for an
   * event when the invocation began.
   */
  expectNext(asked: number, remainingMs: number): void {
    const patienceMs = Math.max(0, Math.min(hangCapMs, remainingMs - hangReserveMs));
    setTimeout(() => {
      if (Atomics.load(this.#flags, flagAsked) === asked) this.end("it hangs");
    }, patienceMs).unref();
  }

  /** For good: the guard answers its events. */
  end(cause: string): void {
    if (this.#ended) return;
    this.#ended = true;
    void this.#letGo();
    void this.#worker?.terminate();
    this.#events.ended(cause);
  }

  async #letGo(): Promise<void> {
    const runtimeApi = this.#runtimeApi;
    const extensionId = this.#extensionId;
    if (extensionId === undefined || runtimeApi === undefined) return;
    await this.#firstEvent;
    releaseEveryEvent(runtimeApi, extensionId);
  }
}

function startWorker(worker: WorkerCode, workerData: WorkerSetup): Worker {
  const [code, evaluated] = "file" in worker ? [worker.file, false] : [worker.code, true];
  ownThread.isStarting = true;
  try {
    return new Worker(code, optionsOf(evaluated, workerData));
  } finally {
    ownThread.isStarting = false;
  }
}

function optionsOf(evaluated: boolean, workerData: WorkerSetup): WorkerOptions {
  return {
    eval: evaluated,
    name: "lambda-coverage",
    workerData,
    // A worker parses NODE_OPTIONS of its environment: the user's preloads are not for our thread.
    env: workerData.env as NodeJS.ProcessEnv,
    execArgv: [],
    argv: [],
    trackUnmanagedFds: false,
    // Out of memory ends the worker, not the function.
    resourceLimits: { maxOldGenerationSizeMb: heapMb(workerData.env) },
  };
}

/** Enough for a source map of some 30 MB; a quarter of what a bigger function has. */
function heapMb(env: Record<string, string | undefined>): number {
  return Math.max(128, Math.floor(Number(env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE) / 4) || 0);
}
