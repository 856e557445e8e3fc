/**
 * The sum of all snapshots of one script. V8's ranges of one snapshot form a forest in pre-order, and
 * count(p) = Σ over ranges holding p of (count(range) - count(parent)): so a snapshot is added by two
 * additions per range (made once per distinct range), without AST or source map, and sums simply add. See docs/how-combining-works.md.
 */
import { isShared, soundForest } from "../read/check-ranges.ts";
import type { OffsetSums, Steps } from "./offset-sums.ts";
import { RangeSums } from "./range-sums.ts";
import { type Ranges, Recounted, Repeats } from "./recounted.ts";

/**
 * Ranges with hits below a listed parent with none: a closure called while its parent was not (a function:
 * its count holds inside), or an async function resumed in a later snapshot (a block: it must not leak into
 * nested functions, which such a snapshot does not list). Only the AST tells them apart: `settle` does.
 */
export interface DetachedRange {
  start: number;
  end: number;
  /** Σ of the range's own counts. */
  count: number;
  /** Σ of (count - parent's count). */
  delta: number;
}

/**
 * Two functions with the very same range: on Node.js 22 the initialisers of a class's instance fields and of
 * its static ones. Point queries see the inner one; this is what the outer one counted more.
 */
export interface TwinRange {
  start: number;
  end: number;
  /** Σ of (outer - inner count). */
  difference: number;
}

/**
 * Where `SettledCounts.known` holds the difference of twins that begin at `start`: behind the script, so that
 * a probe can add it. `length`: of the script.
 */
export function twinOffset(length: number, start: number): number {
  return length + 1 + start;
}

type CollectedReason = "late" | "function-granularity";
/** `restarted`: V8 threw its block counters away, since without the other two it has no block counters only then. */
type CountsReason = CollectedReason | "restarted";
/** What ran lies elsewhere, see `UnknownCode`. */
type WindowReason = "window" | "init-gone" | "init-or-first-call";
/** `uncounted`, `without-probes`: V8 has no counter for it; no probe could be put there. */
export type UnknownReason = CountsReason | WindowReason | "uncounted" | "without-probes";

/** How a snapshot was collected. */
interface Collection {
  late: boolean;
  functionGranularity: boolean;
}

const plain: Collection = { late: false, functionGranularity: false };
const once = { times: 1, added: undefined };

/** By index of a range of the snapshot that is being folded: whether it or one around it is detached. */
let detached = new Uint8Array(4096);

export class ScriptCounts {
  /** Counts by V8's block counters. */
  readonly known = new RangeSums();
  /** Counts of functions that have no block counters inside. */
  readonly blind = new RangeSums();
  /** In snapshots that were collected late: where block counters exist nevertheless. */
  readonly lateKnown = new RangeSums();
  readonly detached = new Map<string, DetachedRange>();
  readonly twins = new Map<string, TwinRange>();
  readonly reasons = new Set<CollectedReason>();
  snapshots = 0;
  /** Lists that many files share, and how often each came. */
  readonly #repeats = new Map<Int32Array, Repeats>();

  /** Adds one snapshot's packed ranges, which must have passed `packedProblem`. */
  add(ranges: Ranges, how: Collection): void {
    this.snapshots++;
    const isPlain = !how.late && !how.functionGranularity;
    if (ranges instanceof Recounted) {
      if (isPlain) this.#repeatsOf(ranges.of).add(ranges.of, ranges.changes);
      else this.#fold(ranges.list(), how, once);
    } else if (isPlain && ranges instanceof Int32Array && isShared(ranges))
      this.#repeatsOf(ranges).add(ranges, undefined);
    else this.#fold(ranges, how, once);
  }

  #repeatsOf(ranges: Int32Array): Repeats {
    let repeats = this.#repeats.get(ranges);
    if (repeats === undefined) {
      repeats = new Repeats(3);
      this.#repeats.set(ranges, repeats);
    }
    return repeats;
  }

  /** Folds what came more than once as often as it came. Before anything is read. */
  flush(): this {
    for (const [ranges, repeats] of this.#repeats) this.#fold(ranges, plain, repeats);
    this.#repeats.clear();
    return this;
  }

  #fold(
    ranges: ArrayLike<number>,
    { late, functionGranularity }: Collection,
    { times, added }: Pick<Repeats, "times" | "added">,
  ): void {
    if (late) this.reasons.add("late");
    if (functionGranularity) this.reasons.add("function-granularity");
    const { parents } = soundForest(ranges);
    if (parents.length > detached.length) detached = new Uint8Array(2 * parents.length);
    const { known } = this;
    const isDetached = detached;
    let start = 0;
    for (let at = 0, index = 0; at < ranges.length; at += 3, index++) {
      start += ranges[at] as number;
      const length = ranges[at + 1] as number;
      if (length === 0) continue;
      const end = start + length;
      const hits = (ranges[at + 2] as number) * times + (added === undefined ? 0 : (added[index] as number));
      const blind = functionGranularity || hits < 0 ? Math.abs(hits) : 0;
      const count = blind > 0 ? 0 : hits;
      const parent = parents[index] as number;
      const addedAround = added === undefined || parent < 0 ? 0 : (added[parent] as number);
      const hitsAround = parent < 0 ? 0 : (ranges[3 * parent + 2] as number) * times + addedAround;
      const blindAround = functionGranularity || hitsAround < 0 ? Math.abs(hitsAround) : 0;
      const around = blindAround > 0 ? 0 : hitsAround;
      const isNew = parent >= 0 && count > 0 && around === 0 && blindAround === 0;
      isDetached[index] = isNew || (parent >= 0 && isDetached[parent] === 1) ? 1 : 0;
      // As long as the range around it: the very same.
      if (parent >= 0 && ranges[3 * parent + 1] === length) this.addTwin(start, end, around - count);
      if (isDetached[index] === 1) this.addDetached(start, end, count, count - around);
      else if (count !== around) known.add(start, end, count - around);
      if (blind !== blindAround) this.blind.add(start, end, blind - blindAround);
      if (late && count > 0 && around === 0) this.lateKnown.add(start, end, 1);
    }
  }

  addDetached(start: number, end: number, count: number, delta: number): void {
    const key = `${start}:${end}`;
    const range = this.detached.get(key);
    if (range === undefined) this.detached.set(key, { start, end, count, delta });
    else {
      range.count += count;
      range.delta += delta;
    }
  }

  addTwin(start: number, end: number, difference: number): void {
    const key = `${start}:${end}`;
    const twin = this.twins.get(key);
    if (twin === undefined) this.twins.set(key, { start, end, difference });
    else twin.difference += difference;
  }

  /** The sums as step functions. `functions`: the script's functions, see `FunctionRanges`. */
  settle(functions: FunctionRanges, length: number): SettledCounts {
    this.flush();
    const isRestarted = this.reasons.size === 0 && !this.blind.isEmpty;
    return {
      known: this.#attached(functions, length).steps(),
      blind: this.blind.offsets().steps(),
      lateKnown: this.lateKnown.offsets().steps(),
      isLate: this.reasons.has("late"),
      reasons: isRestarted ? ["restarted"] : [...this.reasons].sort(),
    };
  }

  #attached(functions: FunctionRanges, length: number): OffsetSums {
    const known = this.known.offsets();
    let steps = 0;
    for (const range of this.detached.values()) {
      steps += attach(known, range, functions);
      if (steps > mostAttachSteps)
        throw new EntangledCounts("its counts belong to more functions at once than any code's");
    }
    for (const { start, difference } of this.twins.values()) {
      addOver(known, twinOffset(length, start), twinOffset(length, start) + 1, difference);
    }
    return known;
  }
}

export interface SettledCounts {
  known: Steps;
  blind: Steps;
  lateKnown: Steps;
  isLate: boolean;
  reasons: CountsReason[];
}

/**
 * The functions of a script in pre-order, flat triples `[start, inner, end]`: V8's range of a method begins
 * somewhere from its first token (`start`) to its parameters (`inner`).
 */
export type FunctionRanges = readonly number[];

function addOver(sums: OffsetSums, start: number, end: number, value: number): void {
  sums.add(start, value);
  sums.add(end, -value);
}

/** Counts that no code makes: to tell whose they are takes more work than they are worth. */
export class EntangledCounts extends Error {}

/** Functions looked at for all detached ranges of a script. Real ones look at some of them, around each. */
const mostAttachSteps = 20_000_000;

/**
 * Adds a detached range to its own function's code only: nested functions have counts of their own. Returns how many
 * functions it looked at.
 */
function attach(sums: OffsetSums, range: DetachedRange, functions: FunctionRanges): number {
  let own = -1;
  const first = firstEndingAfter(functions, range.start);
  let at = first;
  for (let scan = at; scan < functions.length && (functions[scan] as number) <= range.start; scan += 3) {
    const isOwn = functions[scan + 2] === range.end && (functions[scan + 1] as number) >= range.start;
    if (isOwn) own = scan;
  }
  const value = own >= 0 ? range.count : range.delta;
  addOver(sums, range.start, range.end, value);
  let nestedEnd = range.start;
  for (; at < functions.length; at += 3) {
    const start = functions[at] as number;
    const end = functions[at + 2] as number;
    if (start >= range.end) break;
    if (at === own || start < nestedEnd || end > range.end) continue;
    addOver(sums, start, end, -value);
    nestedEnd = end;
  }
  return (at - first) / 3;
}

/** Where to start scanning for functions at or around `start`: they are sorted by start. */
function firstEndingAfter(functions: FunctionRanges, start: number): number {
  let low = 0;
  let high = functions.length / 3;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((functions[middle * 3 + 1] as number) < start) low = middle + 1;
    else high = middle;
  }
  return low * 3;
}
