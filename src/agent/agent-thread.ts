/**
 * The main thread's hold on the agent's worker: starts it, sends it takes, and sees that every environment is
 * let go when it is dead or stuck.
 */
// Imported, not global: fake timers of user code are not for us.
import { clearTimeout, setTimeout } from "node:timers";
import { Worker } from "node:worker_threads";
import { releaseEveryEvent } from "./guard.ts";
import type { ToMain, ToWorker, WorkerSetup } from "./messages.ts";

/** Beyond it, init goes on without the worker and the guard answers events. */
const startMs = 4_000;

/** The worker's file, or its code. */
export type WorkerCode = { file: string | URL } | { code: string };

export interface AgentThreadEvents {
  /** Once, whatever happened. */
  ended(cause: string): void;
  stored(awaitedId: number, ok: boolean): void;
}

export class AgentThread {
  readonly #worker: Worker;
  readonly #runtimeApi: string | undefined;
  readonly #events: AgentThreadEvents;
  readonly #started: Promise<boolean>;
  #extensionId: string | undefined;
  #ended = false;

  constructor(code: WorkerCode, setup: WorkerSetup, events: AgentThreadEvents) {
    this.#worker = startWorker(code, setup);
    this.#runtimeApi = setup.runtimeApi;
    this.#events = events;
    this.#started = new Promise((resolve) => {
      this.#worker.on("message", (message: ToMain) => {
        if (message.kind === "ready") resolve(true);
        else if (message.kind === "registered") this.#extensionId = message.extensionId;
        else events.stored(message.awaitedId, message.ok);
      });
      this.#worker.on("error", (error) => this.end(String(error)));
      this.#worker.on("exit", (exitCode) => {
        this.end(`exit code ${exitCode}`);
        resolve(false);
      });
    });
    // The user's event loop decides when the process ends.
    this.#worker.unref();
  }

  /** The extension's identifier is known here: its events are somebody's to answer. */
  get registered(): boolean {
    return this.#extensionId !== undefined;
  }

  /** The worker answers events from here on. */
  serveEvents(extensionId: string): void {
    this.#extensionId = extensionId;
    if (this.#ended) this.#letGo();
    else this.post({ kind: "registered", extensionId });
  }

  /** Resolves once the worker's code runs; ends it where it does not. */
  async whenStarted(): Promise<void> {
    this.#worker.ref();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), startMs);
    });
    const started = await Promise.race([this.#started, late]);
    clearTimeout(timer);
    this.#worker.unref();
    if (!started) this.end(`not started within ${startMs} ms`);
  }

  post(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    try {
      this.#worker.postMessage(message, transfer);
    } catch (error) {
      this.end(String(error));
    }
  }

  /** For good: the guard answers its events. */
  end(cause: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#letGo();
    void this.#worker.terminate();
    this.#events.ended(cause);
  }

  #letGo(): void {
    if (this.#extensionId !== undefined && this.#runtimeApi !== undefined) {
      releaseEveryEvent(this.#runtimeApi, this.#extensionId);
    }
  }
}

function startWorker(worker: WorkerCode, workerData: WorkerSetup): Worker {
  const [code, evaluated] = "file" in worker ? [worker.file, false] : [worker.code, true];
  return new Worker(code, {
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
  });
}

/** Enough for a source map of some 30 MB; a quarter of what a bigger function has. */
function heapMb(env: Record<string, string | undefined>): number {
  return Math.max(128, Math.floor(Number(env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE) / 4) || 0);
}
