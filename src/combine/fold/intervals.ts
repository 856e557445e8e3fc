/** Sets of whole numbers as intervals: sequences of an environment, offsets of a script. */

/** Sorted, disjoint, both ends included: `[from, to, from, to, …]`. */
export type Intervals = readonly number[];

export function holds(intervals: Intervals, value: number): boolean {
  const at = firstEndingAtOrAfter(intervals, value);
  return at < intervals.length && (intervals[at] as number) <= value;
}

/** Adds `from` to `to` in place, joining neighbours. */
export function addInterval(into: number[], from: number, to: number): void {
  // Files of an environment mostly come in their order.
  if (into.length > 0 && from === (into.at(-1) as number) + 1) {
    into[into.length - 1] = to;
    return;
  }
  const at = firstEndingAtOrAfter(into, from - 1);
  let until = at;
  let start = from;
  let end = to;
  while (until < into.length && (into[until] as number) <= to + 1) {
    start = Math.min(start, into[until] as number);
    end = Math.max(end, into[until + 1] as number);
    until += 2;
  }
  into.splice(at, until - at, start, end);
}

function firstEndingAtOrAfter(intervals: Intervals, value: number): number {
  let low = 0;
  let high = intervals.length / 2;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((intervals[middle * 2 + 1] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low * 2;
}

/** How many numbers. */
export function sizeOf(intervals: Intervals): number {
  let size = 0;
  for (let at = 0; at < intervals.length; at += 2) {
    size += (intervals[at + 1] as number) - (intervals[at] as number) + 1;
  }
  return size;
}

/** How many numbers are in both. */
export function overlapOf(a: Intervals, b: Intervals): number {
  let overlap = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const from = Math.max(a[i] as number, b[j] as number);
    const to = Math.min(a[i + 1] as number, b[j + 1] as number);
    if (to >= from) overlap += to - from + 1;
    if ((a[i + 1] as number) < (b[j + 1] as number)) i += 2;
    else j += 2;
  }
  return overlap;
}

/** What is wrong with a list of a stranger, or undefined. */
export function intervalsProblem(value: unknown): string | undefined {
  const isNatural = (number: unknown) => Number.isSafeInteger(number) && (number as number) >= 0;
  if (!Array.isArray(value) || value.length % 2 !== 0 || !value.every(isNatural)) {
    return "are not pairs of natural numbers";
  }
  let previous = -1;
  for (let at = 0; at < value.length; at += 2) {
    const [from, to] = value.slice(at, at + 2) as [number, number];
    if (from <= previous || to < from) return "are not in order";
    previous = to;
  }
  return undefined;
}
