/** Probe table + counts → the counters of each original file: hits, or undefined where nobody knows. */
import type { SettledCounts } from "./fold/script-counts.ts";
import type { FileTable, ProbeTable } from "./map/probe-table.ts";
import { atMost, type Probe, partsOf } from "./map/repair/terms.ts";

/** undefined: unknown. In the order of the table. */
export interface FileCounts {
  statements: (number | undefined)[];
  functions: (number | undefined)[];
  branches: (number | undefined)[][];
  /** V8 has no counter for some of them. */
  isUncounted: boolean;
}

export class CounterReader {
  readonly #counts: SettledCounts;
  /** Offsets at which functions are entered: there a function counter is exact without block counters. */
  readonly #entries: ReadonlySet<number>;
  readonly #allowsNegative: boolean;
  readonly #length: number;
  #isUncounted = false;

  constructor(table: ProbeTable, counts: SettledCounts, options: { repair: boolean }) {
    this.#counts = counts;
    this.#length = table.length;
    this.#allowsNegative = !options.repair;
    this.#entries = new Set(table.functionRanges.filter((_, index) => index % 3 === 1));
  }

  file(table: FileTable): FileCounts {
    this.#isUncounted = false;
    const counts = {
      statements: table.statements.map((statement) => this.#highest(statement.probes)),
      functions: table.functions.map((counter) => this.read(counter.probe)),
      branches: table.branches.map((branch) => branch.probes.map((probe) => this.read(probe))),
    };
    return { ...counts, isUncounted: this.#isUncounted };
  }

  #highest(probes: readonly Probe[]): number | undefined {
    if (probes.length === 1) return this.read(probes[0] as Probe);
    let highest: number | undefined = 0;
    for (const probe of probes) {
      const hits = this.read(probe);
      if (hits === undefined) highest = highest || undefined;
      else if (hits > (highest ?? 0)) highest = hits;
    }
    return highest;
  }

  read(probe: Probe): number | undefined {
    let hits = 0;
    let isKnown = true;
    for (const term of probe) {
      if (term <= atMost) return this.#bounded(probe);
      const offset = term < 0 ? ~term : term;
      const count = this.#at(offset);
      if (count === undefined) isKnown = false;
      else hits += term < 0 ? -count : count;
    }
    if (!isKnown) return undefined;
    return hits < 0 && !this.#allowsNegative ? 0 : hits;
  }

  /** Where V8's counters only say how often at most and at least: unknown where it may as well not have run. */
  #bounded(probe: Probe): number | undefined {
    const hits = this.#boundedHits(probe);
    if (hits === undefined) this.#isUncounted = true;
    return hits;
  }

  #boundedHits(probe: Probe): number | undefined {
    const { shown, most, least } = partsOf(probe);
    const hits = this.read(shown);
    let highest: number | undefined = Number.POSITIVE_INFINITY;
    for (const sum of most) highest = lowerOf(highest, this.read(sum));
    if (hits === undefined || highest === undefined || highest === 0) return highest && hits;
    if (hits === 0) return most.length === 0 ? 0 : undefined;
    // Without block counters the witness is unknown itself, and the count is V8's.
    if (least !== undefined && this.read(least) === 0) return undefined;
    return Math.min(hits, highest);
  }

  #at(offset: number): number | undefined {
    const { known, blind, lateKnown, isLate } = this.#counts;
    const hits = known.at(offset);
    if (offset > this.#length) return hits;
    const blindHits = blind.at(offset);
    if (blindHits > 0 && this.#entries.has(offset)) return hits + blindHits;
    if (hits > 0) return hits;
    if (blindHits > 0 || (isLate && lateKnown.at(offset) <= 0)) return undefined;
    return hits;
  }
}

function lowerOf(a: number | undefined, b: number | undefined): number | undefined {
  if (a === 0 || b === 0) return 0;
  return a === undefined || b === undefined ? undefined : Math.min(a, b);
}
