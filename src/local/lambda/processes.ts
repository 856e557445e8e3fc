/** All processes of a sandbox: the runtime's process group, and descendants that left it. Linux's /proc. */
import { readdirSync, readFileSync } from "node:fs";

/** Pids of the process and of all its descendants. */
export function processTree(root: number): number[] {
  const found = [root];
  for (let at = 0; at < found.length; at++) found.push(...childrenOf(found[at] as number));
  return found;
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" ").filter(Boolean).map(Number),
    );
  } catch {
    return []; // Ended meanwhile, or no /proc: then the group alone has to do.
  }
}

/** Signals the whole sandbox. Whoever has ended meanwhile needs no signal. */
export function signalTree(root: number, signal: NodeJS.Signals): void {
  const descendants = processTree(root).slice(1);
  signalOne(-root, signal);
  for (const pid of descendants) signalOne(pid, signal);
}

function signalOne(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Bytes of a line of /proc/<pid>/status: `VmHWM` is the peak resident size, `VmRSS` the present one. */
export function memoryBytes(pid: number, line: "VmHWM" | "VmRSS"): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(new RegExp(`^${line}:\\s+(\\d+) kB$`, "m").exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
