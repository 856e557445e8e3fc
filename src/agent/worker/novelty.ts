/**
 * COVERAGE_UPLOAD=new: whether a snapshot covers anything that this environment has not stored. Kept per
 * script as a sorted list of disjoint covered intervals, which holds few entries however often code runs.
 */
import { forEachRange } from "../../contract/ranges.ts";

/** Flat pairs `[from, to, from, to, …]`, ascending, disjoint. */
export type Intervals = readonly number[];

export interface Novelty {
  /** Whether `intervals` hold a place of the script that no remembered ones did. */
  hasNew(scriptKey: string, intervals: Intervals): boolean;
  remember(scriptKey: string, intervals: Intervals): void;
}

export function createNovelty(): Novelty {
  const covered = new Map<string, Intervals>();
  return {
    hasNew: (key, intervals) => !contains(covered.get(key) ?? [], intervals),
    remember(key, intervals) {
      covered.set(key, union(covered.get(key) ?? [], intervals));
    },
  };
}

/** Where the innermost range's count is not zero. */
export function coveredIntervals(packed: ArrayLike<number>): Intervals {
  const intervals: number[] = [];
  const open: { end: number; hit: boolean }[] = [];
  let at = 0;
  const emit = (to: number): void => {
    const hit = open.at(-1)?.hit ?? false;
    if (hit && to > at) {
      if (intervals.at(-1) === at) intervals[intervals.length - 1] = to;
      else intervals.push(at, to);
    }
    at = Math.max(at, to);
  };
  const closeUntil = (start: number): void => {
    for (let top = open.at(-1); top !== undefined && top.end <= start; top = open.at(-1)) {
      emit(top.end);
      open.pop();
    }
  };
  forEachRange(packed, (start, end, count) => {
    closeUntil(start);
    emit(start);
    open.push({ end, hit: count !== 0 });
  });
  closeUntil(Number.POSITIVE_INFINITY);
  return intervals;
}

function contains(outer: Intervals, inner: Intervals): boolean {
  let at = 0;
  for (let i = 0; i < inner.length; i += 2) {
    while (at < outer.length && (outer[at + 1] as number) < (inner[i + 1] as number)) at += 2;
    if (at >= outer.length || (outer[at] as number) > (inner[i] as number)) return false;
  }
  return true;
}

function union(a: Intervals, b: Intervals): Intervals {
  const pairs: [number, number][] = [];
  for (const list of [a, b]) {
    for (let i = 0; i < list.length; i += 2) pairs.push([list[i] as number, list[i + 1] as number]);
  }
  pairs.sort((x, y) => x[0] - y[0]);
  const merged: number[] = [];
  for (const [from, to] of pairs) {
    const last = merged.length - 1;
    if (last > 0 && from <= (merged[last] as number)) merged[last] = Math.max(merged[last] as number, to);
    else merged.push(from, to);
  }
  return merged;
}
