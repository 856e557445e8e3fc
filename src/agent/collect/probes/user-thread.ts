/**
 * Probed code in worker threads of the function's own. Node.js gives a new thread the data that the main thread has set
 * for all, and runs the preload in it unless the thread's options say otherwise.
 */
import { getEnvironmentData, setEnvironmentData } from "node:worker_threads";
import { watchUserThreads } from "../user-threads.ts";
import { type CounterMemory, joinThread, wordStarted } from "./counters.ts";
import { loadCopies } from "./load-copies.ts";
import type { FoundManifest } from "./manifest.ts";

const key = "lambda-coverage:probes";

export interface ThreadSetup extends FoundManifest {
  taskRoot: string;
  stacks: boolean;
  memory: CounterMemory;
}

type Data = Parameters<typeof setEnvironmentData>[1];

/** In the main thread. */
export function prepareUserThreads(setup: ThreadSetup): void {
  setEnvironmentData(key, setup as unknown as Data);
  const threads = new Int32Array(setup.memory.threads);
  Atomics.add(threads, wordStarted, 1);
  watchUserThreads(() => Atomics.add(threads, wordStarted, 1));
}

/** In any other thread: joins where the main thread has prepared it. Never throws. */
export function joinFromUserThread(): void {
  try {
    const setup = getEnvironmentData(key) as unknown as ThreadSetup | undefined;
    if (setup !== undefined && joinThread(setup.memory)) loadCopies({ ...setup, onStale: () => undefined });
  } catch {
    // It runs the originals, and is one thread more than have joined.
  }
}
