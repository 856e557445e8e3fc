/**
 * Linux gives each thread a niceness of its own. On a single core the agent's boot, some 50 ms of processor time,
 * would otherwise be taken from the first invocation.
 */
import { readdirSync } from "node:fs";
import { setPriority } from "node:os";

/** A quarter of the core where the main thread never rests: at 10 the deadline's snapshot came too late now and then. */
const niceness = 5;

/** Runs `start`, after which every thread that it started yields to the others. */
export function startNice<T>(start: () => T): T {
  const before = threadIds();
  const started = start();
  try {
    for (const id of threadIds()) if (!before.includes(id)) setPriority(Number(id), niceness);
  } catch {
    // Not allowed here: the thread competes with the others.
  }
  return started;
}

function threadIds(): string[] {
  try {
    return readdirSync("/proc/self/task");
  } catch {
    return [];
  }
}
