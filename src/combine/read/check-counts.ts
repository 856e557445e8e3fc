/** Counts of probes, pairs as in the coverage file: what is wrong with them, and how far they reach. */
import { type Counts, Recounted } from "../fold/recounted.ts";

/** A file's slice has fewer counters. */
const maxProbes = 2 ** 29;

/** How many probes a list that needs no further check has at least: many files share it, or reading it checked it. */
const ends = new WeakMap<object, number>();

/** From now on the list is taken for sound. `end`: behind the last probe that counted. */
export function markSoundCounts(counts: Int32Array, end: number): void {
  ends.set(counts, end);
}

/** What is wrong with a list, or undefined. */
export function countsProblem(value: unknown): string | undefined {
  if (value instanceof Recounted) return countsProblem(value.of);
  if (value instanceof Int32Array) return endOfCounts(value) > maxProbes ? tooMany : undefined;
  if (!Array.isArray(value) || value.length % 2 !== 0) return "is not a list of pairs";
  for (let at = 0; at < value.length; at += 2) {
    const isPair = Number.isSafeInteger(value[at]) && Number.isSafeInteger(value[at + 1]);
    if (!isPair || value[at] < 0 || value[at + 1] <= 0) return "holds a pair that cannot be";
  }
  return endOfCounts(value) > maxProbes ? tooMany : undefined;
}

const tooMany = "names more probes than there can be";

/** Behind the last probe that counted. */
export function endOfCounts(counts: Counts): number {
  if (counts instanceof Recounted) return endOfCounts(counts.of);
  let end = ends.get(counts);
  if (end !== undefined) return end;
  end = counts.length / 2;
  for (let at = 0; at < counts.length; at += 2) end += counts[at] as number;
  ends.set(counts, end);
  return end;
}
