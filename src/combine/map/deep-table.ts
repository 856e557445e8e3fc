/**
 * The probe table of code that is nested so deeply (a sum of 6,500 terms, 4,000 times `else if`) that parser and walks
 * use up a thread's usual stack: made by a thread with a larger one.
 */
import { Worker } from "node:worker_threads";
import type { ProbeTable } from "./probe-table.ts";
import type { TableRequest } from "./request-table.ts";

const stackMegabytes = 256;

export type DeepTable = { table: ProbeTable } | { problem: string };

/** Whether it was the stack that ended the work. acorn makes a SyntaxError of it. */
export function isOutOfStack(error: unknown): boolean {
  if (error instanceof RangeError) return /call stack/.test(error.message);
  return error instanceof SyntaxError && /stack space/.test(error.message);
}

export async function deepTable(request: TableRequest): Promise<DeepTable> {
  const options = { workerData: request, resourceLimits: { stackSizeMb: stackMegabytes }, execArgv: [] };
  let worker: Worker;
  try {
    worker = import.meta.url.endsWith(".ts")
      ? new Worker(fromCheckout(), { ...options, eval: true })
      : new Worker(new URL("./deep-table-worker.js", import.meta.url), options);
  } catch {
    // Bundled into other code, there is no file beside this one.
    return { problem: `${tooDeep} for a combiner in a bundle; the command line can` };
  }
  return new Promise((resolve) => {
    worker.once("message", resolve);
    worker.once("error", (error) => resolve({ problem: `${tooDeep}: ${error.message}` }));
  });
}

/** A loader that the main thread may have is not the worker's, too. */
function fromCheckout(): string {
  const [loader, worker] = ["tsx/esm/api", "./deep-table-worker.ts"].map((name) => import.meta.resolve(name));
  return `import("${loader}").then(({ register }) => (register(), import("${worker}")))`;
}

const tooDeep = "its code is nested too deeply to be mapped";
