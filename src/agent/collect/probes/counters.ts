/**
 * The counters of all probed files, in memory that the agent's thread reads: a probe adds to them without a lock, so
 * each thread of the function's has a stripe of its own. The size is fixed: in a growable buffer probes are fifty times
 * slower. Pages that nobody counts in take no memory.
 */
import { probesFunction } from "../../../contract/probe-access.ts";

/** What threads share. */
export interface CounterMemory {
  /** Counters of each file, by its number in the manifest. */
  probes: readonly number[];
  /** Unsigned 32-bit: for each thread a stripe with the slices of all files. */
  counters: SharedArrayBuffer;
  /** For each thread a byte for each file: 1 once its copy has begun to run. */
  begun: SharedArrayBuffer;
  /** Words of `Int32Array`, see below. */
  threads: SharedArrayBuffer;
}

/** Threads that have a stripe, the main one first. */
export const wordJoined = 0;
/** Threads of the function's that were started, the main one with them. */
export const wordStarted = 1;

const maxThreads = 32;
const maxBytes = 64 * 1024 * 1024;

// Taken at load: the user's code may replace them later.
const { defineProperty } = Object;
const Counters = Uint32Array;

export function newCounterMemory(probes: readonly number[]): CounterMemory {
  const bytes = 4 * probes.reduce((sum, count) => sum + count, 0);
  const stripes = Math.max(1, Math.min(maxThreads, Math.floor(maxBytes / Math.max(1, bytes))));
  return {
    probes,
    counters: new SharedArrayBuffer(stripes * bytes),
    begun: new SharedArrayBuffer(stripes * probes.length),
    threads: new SharedArrayBuffer(8),
  };
}

/** Gives copies that run in this thread their slices; false where there is no stripe for it any more. */
export function joinThread(memory: CounterMemory): boolean {
  const { probes } = memory;
  const threads = new Int32Array(memory.threads);
  const stripe = Atomics.load(threads, wordJoined);
  if (stripe >= memory.begun.byteLength / Math.max(1, probes.length)) return false;
  if (Atomics.compareExchange(threads, wordJoined, stripe, stripe + 1) !== stripe) return joinThread(memory);
  const begun = begunOf(memory, stripe);
  const offsets = sliceOffsets(probes);
  const { buffer, byteOffset } = countersOf(memory, stripe);
  const provide = (slice: number): Uint32Array => {
    begun[slice] = 1;
    return new Counters(buffer, byteOffset + 4 * (offsets[slice] as number), probes[slice]);
  };
  // Neither deleted nor replaced: a copy's first line asks for it.
  defineProperty(globalThis, probesFunction, { value: provide, enumerable: false });
  return true;
}

/** Where each file's slice begins, in counters. */
export function sliceOffsets(probes: readonly number[]): number[] {
  let next = 0;
  return probes.map((count) => {
    const offset = next;
    next += count;
    return offset;
  });
}

/** All counters of one thread. */
export function countersOf({ probes, counters }: CounterMemory, stripe: number): Uint32Array {
  const total = probes.reduce((sum, count) => sum + count, 0);
  return new Uint32Array(counters, 4 * total * stripe, total);
}

export function begunOf({ probes, begun }: CounterMemory, stripe: number): Uint8Array {
  return new Uint8Array(begun, probes.length * stripe, probes.length);
}
