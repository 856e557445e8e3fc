/** Where counters come from: V8's own, or probes in the code. One of them a process. */
import type { Snapshot } from "../shared/messages.ts";

/**
 * What the main thread hands over of a take: V8's counters, or a copy of the probes' counters where the moment matters.
 * An empty one: the worker reads the probes' counters itself.
 */
export type Take = { snapshot: Snapshot } | { counters?: Uint32Array<ArrayBuffer> } | { lost: string };

export interface CollectorEvents {
  /** A file whose probed copy does not fit runs without probes. */
  onStale(path: string): void;
}

export interface Collector {
  readonly kind: "v8" | "probes";
  /**
   * Counters since the last take, reset by it. Synchronous. `isLast`: the process ends, or its time is up; nothing is
   * prepared for another. `isExact`: nothing may be in it that runs from now on.
   */
  take(when: { isLast: boolean; isExact: boolean }): Take;
  /** Resets the counters and keeps nothing; what the worker has to know of it. */
  discard(): Uint32Array<ArrayBuffer> | undefined;
  /** The user's modules have loaded: what the worker has to know of it. */
  loaded(): Uint32Array<ArrayBuffer> | undefined;
  /** Whether something still counts for us. */
  readonly running: boolean;
  stop(): void;
}
