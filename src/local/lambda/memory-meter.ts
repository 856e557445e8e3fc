import { memoryBytes, processTree, signalTree } from "./processes.ts";

const pollMs = 20;

/** A sandbox's peak memory, and its limit where that is to be held. */
export class MemoryMeter {
  peakBytes = 0;

  /** Of the runtime's process alone, as the kernel has kept it. */
  measure(pid: number): void {
    this.peakBytes = Math.max(this.peakBytes, memoryBytes(pid, "VmHWM"));
  }

  /** Kills the process and its descendants once they hold more than the limit; ends with `clearInterval`. */
  enforce(pid: number, limitBytes: number, onKill: () => void): NodeJS.Timeout {
    return setInterval(() => {
      const bytes = processTree(pid).reduce((sum, one) => sum + memoryBytes(one, "VmRSS"), 0);
      this.peakBytes = Math.max(this.peakBytes, bytes);
      if (bytes <= limitBytes) return;
      onKill();
      signalTree(pid, "SIGKILL");
    }, pollMs);
  }
}
