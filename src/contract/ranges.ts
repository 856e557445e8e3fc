/**
 * V8's coverage of one script as packed integers, the form in which it crosses threads and lies in a
 * coverage file: triples `[startDelta, length, count]` in strict pre-order (start ascending, then the
 * longer range first), `startDelta` relative to the start of the triple before (the first: absolute).
 * Offsets are UTF-16 code units of the script as V8 ran it.
 *
 * A negative count says: this function ran, at least so often, but V8 has no block counters inside it (compiled
 * before the profiler started, or function granularity). Its blocks are unknown, not covered. It is -1 in one
 * snapshot: of an `async` function or generator V8 then counts each time it goes on as one more call.
 */
export type PackedRanges = number[];

/** One range of V8's `Profiler.CoverageRange`. */
export interface V8Range {
  startOffset: number;
  endOffset: number;
  count: number;
}

/** One entry of V8's `Profiler.FunctionCoverage`. */
export interface V8Function {
  functionName: string;
  ranges: V8Range[];
  isBlockCoverage: boolean;
}

interface Flat {
  start: number;
  end: number;
  count: number;
  isStaticInitializer: boolean;
}

/**
 * Packs V8's functions of one script. Stable: equal ranges keep V8's order (outer function first).
 * Field initialisers of one class may cross (`x = 1; static s = 2; y = 3; static t = 4` on Node.js 24): the
 * later one then ends with the range around it, so that the ranges always form a forest. Node.js 22 gives both
 * the class's body, in any order: the static one is then the inner.
 */
export function packRanges(functions: readonly V8Function[]): PackedRanges {
  const flat: Flat[] = [];
  for (const fn of functions) {
    const isStaticInitializer = fn.functionName === "<static_initializer>";
    for (const range of fn.ranges) {
      const count = fn.isBlockCoverage || range.count === 0 ? range.count : -1;
      flat.push({ start: range.startOffset, end: range.endOffset, count, isStaticInitializer });
    }
  }
  flat.sort(
    (a, b) =>
      a.start - b.start || b.end - a.end || Number(a.isStaticInitializer) - Number(b.isStaticInitializer),
  );
  const packed: PackedRanges = new Array(flat.length * 3);
  const ends: number[] = [];
  let depth = 0;
  let at = 0;
  let previous = 0;
  for (const { start, end, count } of flat) {
    while (depth > 0 && (ends[depth - 1] as number) <= start) depth--;
    const outerEnd = depth > 0 ? (ends[depth - 1] as number) : end;
    const innerEnd = Math.min(end, outerEnd);
    ends[depth++] = innerEnd;
    packed[at++] = start - previous;
    packed[at++] = innerEnd - start;
    packed[at++] = count;
    previous = start;
  }
  return packed;
}

/** Calls `visit(start, end, count)` for each packed range, in pre-order. */
export function forEachRange(
  packed: ArrayLike<number>,
  visit: (start: number, end: number, count: number) => void,
): void {
  let start = 0;
  for (let at = 0; at + 2 < packed.length; at += 3) {
    start += packed[at] as number;
    visit(start, start + (packed[at + 1] as number), packed[at + 2] as number);
  }
}

/** What is wrong with packed ranges, or undefined. They must be safe integers and form a forest. */
export function rangesProblem(packed: unknown): string | undefined {
  if (!Array.isArray(packed)) return "ranges is not an array";
  if (packed.length % 3 !== 0) return "ranges does not hold triples";
  const ends: number[] = [];
  let start = 0;
  for (let at = 0; at < packed.length; at += 3) {
    const delta = packed[at];
    const length = packed[at + 1];
    const count = packed[at + 2];
    if (!isNatural(delta) || !isNatural(length) || !Number.isSafeInteger(count)) {
      return `ranges[${at}] is not a triple of integers in range`;
    }
    start += delta;
    const end = start + length;
    if (end > maxOffset) return `ranges[${at}] ends beyond ${maxOffset}`;
    let parentEnd = ends[ends.length - 1];
    // An empty range at the very end of another lies inside it.
    while (parentEnd !== undefined && (parentEnd < start || (parentEnd === start && length > 0))) {
      ends.pop();
      parentEnd = ends[ends.length - 1];
    }
    if (parentEnd !== undefined && end > parentEnd) return `ranges[${at}] crosses the range around it`;
    ends.push(end);
  }
  return undefined;
}

/** V8's own limit of a string's length (2^29 - 24 on 64 bit); no script is longer. */
const maxOffset = 2 ** 29;

function isNatural(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
