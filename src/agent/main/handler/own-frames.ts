/**
 * Takes the layer's frames out of error traces, so that an error payload is what it is without the layer.
 * Our frames are known by where they lie, file, line and column: bundled into the user's own file, or
 * mapped by --enable-source-maps, no folder tells them apart.
 */
const locationPattern = /\(?((?:file:\/\/)?[^\s()]+:\d+:\d+)\)?$/;

export interface OwnFrames {
  /** Remembers, from the trace of an error that was thrown in a call of ours, the frame that names us. */
  learn(error: unknown): void;
  /** Never throws; leaves everything but a string `stack` with frames of ours alone. */
  removeFrom(error: unknown): void;
}

/** `folder`: where the agent's own files lie, if they do; all frames below it are ours. */
export function createOwnFrames(folder?: string): OwnFrames {
  const locations = new Set<string>();
  const isOurs = (line: string): boolean => {
    if (!/^\s+at /.test(line)) return false;
    if (folder !== undefined && line.includes(folder)) return true;
    return locations.has(locationPattern.exec(line)?.[1] ?? "");
  };
  return {
    learn(error) {
      // Line 0 is the message, line 1 the probe itself, then who called it; Node's task queue may lie between.
      const callers = stackOf(error)?.split("\n").slice(2) ?? [];
      const caller = callers.find((line) => !line.includes("node:")) ?? "";
      const location = locationPattern.exec(caller)?.[1];
      if (location !== undefined) locations.add(location);
    },
    removeFrom(error) {
      try {
        const stack = stackOf(error);
        if (stack === undefined) return;
        const lines = stack.split("\n");
        const kept = lines.filter((line) => !isOurs(line));
        if (kept.length < lines.length) (error as { stack: string }).stack = kept.join("\n");
      } catch {
        // A frozen error, a proxy, a throwing getter: better a frame too many than another error.
      }
    },
  };
}

function stackOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { stack } = error as { stack?: unknown };
  return typeof stack === "string" ? stack : undefined;
}
