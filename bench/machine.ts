/** What a committed result must say of where it comes from. */
import { readFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";

export interface Machine {
  date: string;
  cpu: string;
  cores: number;
  memoryGb: number;
  kernel: string;
  node: string;
  /** Processes that ran or waited for a core in the minute before; described at a bench's start, it is others' work. */
  loadAverage?: number;
  /** The cores that this process and its children may use, as Linux lists them. */
  usableCores?: string;
}

export function describeMachine(): Machine {
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    loadAverage: loadavg()[0] as number,
    ...usableCores(),
  };
}

function usableCores(): { usableCores?: string } {
  try {
    const status = readFileSync("/proc/self/status", "utf8");
    const [, list] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status) ?? [];
    return list === undefined ? {} : { usableCores: list };
  } catch {
    return {};
  }
}
