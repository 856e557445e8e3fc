/**
 * The open marker as a file. Main thread and worker both write it: the environment's first one is the main thread's,
 * since an invocation may be killed before the worker has booted.
 */
import { mkdirSync, writeFileSync } from "node:fs";

/** A coverage file that is owed, as the main thread knows it; the rest is the same in all processes of a sandbox. */
export interface OwedFile {
  environmentId: string;
  sequence: number;
  requestId: string;
  /** Milliseconds since the epoch. */
  startedAt: number;
}

/** Taken at load: user code may replace those of `fs`, and what it counts or mocks there is its own. */
const [makeFolder, writeFile] = [mkdirSync, writeFileSync];

/** `$TMPDIR/.lambda-coverage`, `/tmp/.lambda-coverage` on Lambda: what the sandbox's next process is to find. */
export function sandboxFolder(env: Record<string, string | undefined>): string {
  return `${env.TMPDIR || "/tmp"}/.lambda-coverage`;
}

export function markersIn(folder: string): string {
  return `${folder}/open`;
}

export function markerPath(directory: string, environmentId: string, sequence: number): string {
  return `${directory}/${environmentId}-${sequence}.open`;
}

/**
 * Synchronous and small (one file below 1 KB). Throws where /tmp is full or read-only. One line: where both threads
 * write at once, what follows it is the rest of the other's.
 */
export function writeMarker(directory: string, owed: OwedFile): void {
  const { environmentId, sequence } = owed;
  makeFolder(directory, { recursive: true, mode: 0o700 });
  const line = `${JSON.stringify({ ...owed, pid: process.pid })}\n`;
  writeFile(markerPath(directory, environmentId, sequence), line, { mode: 0o600 });
}
