import { monotonicMs } from "../monotonic.ts";
import type { LocalEvent } from "../types.ts";

/** What happened in all sandboxes, in order, and what their functions wrote. */
export class Recorder {
  readonly events: LocalEvent[] = [];

  record(sandboxId: string, kind: LocalEvent["kind"], more: { requestId?: string; detail?: string } = {}) {
    const event = { at: monotonicMs(), sandboxId, kind, ...more };
    this.events.push(event);
    return event.at;
  }
}

/** Splits a stream into lines, a trailing one without its line end included. */
export class LineSplitter {
  #rest = "";
  readonly #onLine: (line: string) => void;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  write(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#onLine(line);
  }

  end(): void {
    if (this.#rest !== "") this.#onLine(this.#rest);
    this.#rest = "";
  }
}
