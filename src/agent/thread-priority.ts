/**
 * Linux gives each thread a niceness of its own. The agent's thread comes after the function's: on one core its
 * boot, some 40 ms of processor time, would otherwise be taken from the user's modules as they load.
 */
import { readdirSync } from "node:fs";
import { setPriority } from "node:os";

/** A tenth of a core where the main thread never rests: enough to boot and to take its snapshot at the deadline. */
const niceness = 15;

/** Runs `start`, after which every thread that it started yields to the others. Nothing may start threads meanwhile. */
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
