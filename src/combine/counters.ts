/** Probe table + counts + inits → the counters of each original file: hits, or undefined where nobody knows. */
import type { SettledInit } from "./fold/init-counts.ts";
import type { SettledCounts, UnknownReason } from "./fold/script-counts.ts";
import { InitReader } from "./init-reader.ts";
import type { Hits } from "./join/hits.ts";
import { levelOf } from "./map/module-level.ts";
import type { FileTable, ProbeTable } from "./map/probe-table.ts";
import { atMost, isDoubtful, type Probe, partsOf, shownOf } from "./map/repair/terms.ts";

/** In the order of the table. */
export interface FileCounts {
  statements: Count[];
  functions: Count[];
  branches: Count[][];
  /** Why counters are unknown. */
  reasons: UnknownReason[];
}

export interface Count {
  hits: Hits;
  /** It ran, and only when its module was loaded. */
  atLoad: boolean;
}

/** Why counters without hits are unknown, whatever the counts say; see `functionWindows`. */
export type WindowReason = Extract<UnknownReason, "window" | "init-gone">;

interface ReadOptions {
  repair: boolean;
  init: SettledInit;
  window: WindowReason | undefined;
}

/** There are hardly any others: a table of a big bundle has a hundred thousand. */
const never: Count = { hits: 0, atLoad: false };
const unknown: Count = { hits: undefined, atLoad: false };

export class CounterReader {
  readonly #counts: SettledCounts;
  /** Offsets at which functions are entered: there a function counter is exact without block counters. */
  readonly #entries: ReadonlySet<number>;
  readonly #allowsNegative: boolean;
  readonly #length: number;
  readonly #table: ProbeTable;
  readonly #init: InitReader;
  readonly #window: WindowReason | undefined;
  /** Everything that ran is in the files. */
  readonly #isComplete: boolean;
  #reasons = new Set<UnknownReason>();
  /** V8 has no counter for what was read last. */
  #isUncounted = false;

  constructor(table: ProbeTable, counts: SettledCounts, { repair, init, window }: ReadOptions) {
    this.#table = table;
    this.#counts = counts;
    this.#length = table.length;
    this.#allowsNegative = !repair;
    this.#entries = new Set(table.functionRanges.filter((_, index) => index % 3 === 1));
    this.#init = new InitReader(init, this.#entries);
    this.#window = window;
    this.#isComplete = window === undefined && init.parts.length === 0;
  }

  file(table: FileTable): FileCounts {
    this.#reasons = new Set();
    return {
      statements: table.statements.map((statement) => this.#highest(statement.probes)),
      functions: table.functions.map((counter) => this.#read(counter.probe)),
      branches: table.branches.map((branch) => branch.probes.map((probe) => this.#read(probe))),
      reasons: [...this.#reasons],
    };
  }

  #highest(probes: readonly Probe[]): Count {
    if (probes.length === 1) return this.#read(probes[0] as Probe);
    const counts = probes.map((probe) => this.#read(probe));
    const ran = counts.filter(({ hits }) => hits !== undefined && hits > 0);
    if (ran.length === 0) return counts.some(({ hits }) => hits === undefined) ? unknown : never;
    const hits = Math.max(...ran.map((count) => count.hits as number));
    return { hits, atLoad: ran.every(({ atLoad }) => atLoad) };
  }

  #read(probe: Probe): Count {
    this.#isUncounted = false;
    const hits = this.#inFiles(probe);
    // Most counters of most reports.
    if (hits === 0 && this.#isComplete) return never;
    const shown = shownOf(probe);
    const level = levelOf(shown, this.#table.moduleLevel, this.#length);
    let atLoad = this.#init.read(shown, level);
    // Of init it is only known what was covered.
    if (atLoad !== 0 && isDoubtful(probe)) atLoad = undefined;
    if (hits !== undefined && hits > 0) {
      return { hits: hits + (atLoad ?? 0), atLoad: level !== "deferred" };
    }
    if (atLoad !== undefined && atLoad > 0) return { hits: atLoad, atLoad: true };
    const reasons = this.#whyUnknown(hits, atLoad);
    for (const reason of reasons) this.#reasons.add(reason);
    if (reasons.length > 0) return unknown;
    return hits === 0 ? never : { hits, atLoad: false };
  }

  #whyUnknown(hits: Hits, atLoad: Hits): readonly UnknownReason[] {
    if (this.#isUncounted) return [...this.#counts.reasons, "uncounted"];
    if (hits === undefined) return this.#counts.reasons;
    if (atLoad === undefined) return ["init-or-first-call"];
    if (this.#window !== undefined) return [this.#window];
    return this.#init.isLate ? ["late"] : [];
  }

  /** undefined: unknown. */
  #inFiles(probe: Probe): Hits {
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
  #bounded(probe: Probe): Hits {
    const hits = this.#boundedHits(probe);
    if (hits === undefined) this.#isUncounted = true;
    return hits;
  }

  #boundedHits(probe: Probe): number | undefined {
    const { shown, most, least } = partsOf(probe);
    const hits = this.#inFiles(shown);
    let highest: number | undefined = Number.POSITIVE_INFINITY;
    for (const sum of most) highest = lowerOf(highest, this.#inFiles(sum));
    if (hits === undefined || highest === undefined || highest === 0) return highest && hits;
    if (hits === 0) return most.length === 0 ? 0 : undefined;
    // Without block counters the witness is unknown itself, and the count is V8's.
    if (least !== undefined && this.#inFiles(least) === 0) return undefined;
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
