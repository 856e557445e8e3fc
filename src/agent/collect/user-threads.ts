/** Worker threads that are not the agent's and not Node's own. */
import { subscribe } from "node:diagnostics_channel";
import type { Worker } from "node:worker_threads";

/** Set while the agent starts its thread. */
export const ownThread = { isStarting: false };

/** Calls back when the user's code starts a worker thread, each time. */
export function watchUserThreads(onStart: () => void): void {
  // Of each thread that the main one starts; those of loader hooks are Node's.
  subscribe("worker_threads", (message) => {
    const { worker } = message as { worker: Worker };
    if (!ownThread.isStarting && worker.constructor.name !== "InternalWorker") onStart();
  });
}
