/**
 * Runs in the Node.js under test, bundled. In its main thread: loads each package of a list (`<file with JSON>`) in a
 * thread of its own, and prints a line for each. In such a thread: starts the collector as the agent does, and invokes.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import {
  begunOf,
  countersOf,
  newCounterMemory,
  sliceOffsets,
} from "../../../src/agent/collect/probes/counters.ts";
import { startProbes } from "../../../src/agent/collect/probes/probes-collector.ts";
import { chooseCollector } from "../../../src/agent/main/choose-collector.ts";
import type { Settings } from "../../../src/contract/settings.ts";

export interface Task {
  folder: string;
  isProbed: boolean;
  /** COVERAGE_STACKS. */
  stacks: boolean;
}

export interface ThreadRun {
  /** What the function answers, or the error. */
  answer: string;
  /** The agent's, before the function loads. */
  warning?: string;
  /** Files that the agent says run without their copy. */
  stale: string[];
  /** Counts by slice, of the copies that ran. */
  counts: Record<number, number[]>;
  /** Whether counters of others counted. */
  countsElsewhere: boolean;
}

async function runHere({ folder, isProbed, stacks }: Task): Promise<ThreadRun> {
  const run: ThreadRun = { answer: "", stale: [], counts: {}, countsElsewhere: false };
  const readCounts = isProbed ? collect(folder, stacks, run) : () => undefined;
  try {
    const { handler } = await import(pathToFileURL(join(folder, "index.mjs")).href);
    run.answer = JSON.stringify([await handler({ n: 1 }), await handler({ n: 7 })]);
  } catch (error) {
    run.answer = `${(error as Error).name}: ${(error as Error).message}`;
  }
  readCounts();
  return run;
}

/** As the agent's preload does. */
function collect(folder: string, stacks: boolean, run: ThreadRun): () => void {
  const { manifest, warning } = chooseCollector({ collector: "auto" } as Settings, [folder]);
  if (warning !== undefined) run.warning = warning.message;
  if (manifest === undefined) return () => undefined;
  const probes = manifest.files.map((file) => file.probes);
  const memory = newCounterMemory(probes);
  startProbes({ manifest, memory, taskRoot: folder, stacks, onStale: (path) => void run.stale.push(path) });
  return () => {
    const [begun, all] = [begunOf(memory, 0), countersOf(memory, 0)];
    for (const [slice, offset] of sliceOffsets(probes).entries()) {
      const counts = [...all.subarray(offset, offset + (probes[slice] as number))];
      if (begun[slice] === 1) run.counts[slice] = counts;
      else if (counts.some((count) => count > 0)) run.countsElsewhere = true;
    }
  };
}

function runInThread(task: Task): Promise<ThreadRun> {
  return new Promise((resolve) => {
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: task, stderr: true });
    const ended = (answer: string) => resolve({ answer, stale: [], counts: {}, countsElsewhere: false });
    worker.on("message", resolve);
    worker.on("error", (error) => ended(`the thread ended: ${error}`));
    worker.on("exit", (code) => ended(`the thread ended with code ${code}`));
  });
}

if (isMainThread) {
  const tasks: Task[] = JSON.parse(readFileSync(process.argv[2] as string, "utf8"));
  for (const task of tasks) process.stdout.write(`${JSON.stringify(await runInThread(task))}\n`);
} else {
  parentPort?.postMessage(await runHere(workerData));
}
