/**
 * The environment's first open marker, written by the main thread: a process that is killed before the worker has
 * booted, or before it came to the invocation, leaves a record like any other. The worker writes the same file again
 * once it serves the invocation, and closes it. Here every tenth of a millisecond is the first caller's: no key, no
 * date, no `node:crypto`.
 */
import { readFileSync } from "node:fs";
import type { WorkerSetup } from "../shared/messages.ts";
import { markersIn, sandboxFolder, writeMarker } from "../shared/open-marker.ts";

/** The kernel's. Undefined where it is not Linux: the worker makes one then, and writes every marker. */
export function newEnvironmentId(): string | undefined {
  try {
    return readFileSync("/proc/sys/kernel/random/uuid", "latin1").trim();
  } catch {
    return undefined;
  }
}

/** Never throws: a full or read-only /tmp costs the knowledge of a loss, never the invocation. */
export function writeFirstMarker(
  { env, environmentId }: WorkerSetup,
  { requestId, startedAt }: { requestId: string; startedAt: number },
): void {
  if (environmentId === undefined) return;
  try {
    writeMarker(markersIn(sandboxFolder(env)), { environmentId, sequence: 0, requestId, startedAt });
  } catch {
    // See above.
  }
}
