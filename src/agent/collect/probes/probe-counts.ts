/** The worker's reading of the probes' counters: what they counted since the last take. */
import {
  begunOf,
  type CounterMemory,
  countersOf,
  sliceOffsets,
  wordJoined,
  wordStarted,
} from "./counters.ts";

/** Counts of one file, by the number of the probe. */
export interface SliceCounts {
  slice: number;
  /** Flat pairs `[probes without a count since the one before, count, …]`. */
  counts: number[];
}

/** One thread's counters as they were read last, and what they have counted since the last take. */
class ThreadCounts {
  readonly #live: Uint32Array;
  readonly #read: Uint32Array;
  readonly #sums: Float64Array;

  constructor(live: Uint32Array) {
    this.#live = live;
    this.#read = new Uint32Array(live.length);
    this.#sums = new Float64Array(live.length);
  }

  /** 32 bits are full after half a minute of a loop that does nothing else: differences hold beyond. */
  fold(): void {
    const [live, read, sums] = [this.#live, this.#read, this.#sums];
    for (let at = 0; at < live.length; at++) {
      const now = live[at] as number;
      const before = read[at] as number;
      if (now === before) continue;
      sums[at] = (sums[at] as number) + ((now - before) >>> 0);
      read[at] = now;
    }
  }

  /** What was counted before `copy` was made counts no more. */
  resetTo(copy: Uint32Array): void {
    this.#sums.fill(0);
    this.#read.set(copy);
  }

  /** Adds what was counted before `copy` was made, and leaves the rest for the next take. */
  foldUpTo(copy: Uint32Array): void {
    const [read, sums] = [this.#read, this.#sums];
    for (let at = 0; at < copy.length; at++) {
      const difference = ((copy[at] as number) - (read[at] as number)) | 0;
      sums[at] = (sums[at] as number) + difference;
      read[at] = copy[at] as number;
    }
  }

  /** Adds the sums of a slice to `into` and resets them. */
  take(offset: number, into: Float64Array): void {
    for (let at = 0; at < into.length; at++) {
      into[at] = (into[at] as number) + (this.#sums[offset + at] as number);
      this.#sums[offset + at] = 0;
    }
  }
}

export class ProbeCounts {
  readonly #memory: CounterMemory;
  readonly #threads: ThreadCounts[] = [];
  readonly #begun: Uint8Array[] = [];
  readonly #words: Int32Array;
  readonly #offsets: number[];

  constructor(memory: CounterMemory) {
    this.#memory = memory;
    this.#words = new Int32Array(memory.threads);
    this.#offsets = sliceOffsets(memory.probes);
    this.#join();
  }

  /** False where a thread of the function's runs unprobed: what it ran is not in the counts. */
  get isWhole(): boolean {
    return Atomics.load(this.#words, wordJoined) >= Atomics.load(this.#words, wordStarted);
  }

  /** To be called at least every second: see `ThreadCounts.fold`. */
  fold(): void {
    this.#join();
    for (const thread of this.#threads) thread.fold();
  }

  /** The main thread's counters as they were: what they hold is not to be recorded. */
  discard(copy: Uint32Array): void {
    this.fold();
    for (const [index, thread] of this.#threads.entries()) {
      if (index === 0) thread.resetTo(copy);
      else for (const [slice, offset] of this.#offsets.entries()) thread.take(offset, this.#zeros(slice));
    }
  }

  /** What was counted since the last take, of files whose copy has begun; `copy`: up to when, for the main thread. */
  take(copy?: Uint32Array): SliceCounts[] {
    this.#join();
    for (const [index, thread] of this.#threads.entries()) {
      if (index === 0 && copy !== undefined) thread.foldUpTo(copy);
      else thread.fold();
    }
    const taken: SliceCounts[] = [];
    for (const [slice, offset] of this.#offsets.entries()) {
      if (!this.#begun.some((begun) => begun[slice] === 1)) continue;
      const sums = this.#zeros(slice);
      for (const thread of this.#threads) thread.take(offset, sums);
      const counts = packCounts(sums);
      if (counts.length > 0) taken.push({ slice, counts });
    }
    return taken;
  }

  /** Of a copy of the main thread's counters: what had counted by then. */
  countsIn(copy: Uint32Array): SliceCounts[] {
    return this.#offsets.flatMap((offset, slice) => {
      const counts = packCounts(copy.subarray(offset, offset + (this.#memory.probes[slice] as number)));
      return counts.length === 0 ? [] : [{ slice, counts }];
    });
  }

  #zeros(slice: number): Float64Array {
    return new Float64Array(this.#memory.probes[slice] as number);
  }

  /** Threads that have come since. */
  #join(): void {
    for (let stripe = this.#threads.length; stripe < Atomics.load(this.#words, wordJoined); stripe++) {
      this.#threads.push(new ThreadCounts(countersOf(this.#memory, stripe)));
      this.#begun.push(begunOf(this.#memory, stripe));
    }
  }
}

function packCounts(counts: ArrayLike<number>): number[] {
  const packed: number[] = [];
  let skipped = 0;
  for (let at = 0; at < counts.length; at++) {
    const count = counts[at] as number;
    if (count === 0) skipped++;
    else {
      packed.push(skipped, count);
      skipped = 0;
    }
  }
  return packed;
}
