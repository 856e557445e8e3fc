/** What V8 counted of a script: the sums of its snapshots, read at offsets. */
import type { ScriptHits } from "./counters.ts";
import type { SettledInit } from "./fold/init-counts.ts";
import type { SettledCounts, UnknownReason } from "./fold/script-counts.ts";
import { InitReader } from "./init-reader.ts";
import type { Hits } from "./join/hits.ts";
import { type Level, levelOf } from "./map/module-level.ts";
import type { ProbeTable } from "./map/probe-table.ts";
import { atMost, isDoubtful, type Probe, partsOf, shownOf } from "./map/repair/terms.ts";

export interface V8Counted {
  counts: SettledCounts;
  init: SettledInit;
  repair: boolean;
}

export class V8Hits implements ScriptHits {
  readonly #init: InitReader;
  readonly #table: ProbeTable;
  readonly #counts: SettledCounts;
  /** Offsets at which functions are entered: there a function counter is exact without block counters. */
  readonly #entries: ReadonlySet<number>;
  readonly #allowsNegative: boolean;
  readonly #length: number;
  /** V8 has no counter for what was read last. */
  #isUncounted = false;

  constructor(table: ProbeTable, { counts, init, repair }: V8Counted) {
    this.#table = table;
    this.#counts = counts;
    this.#length = table.length;
    this.#allowsNegative = !repair;
    this.#entries = new Set(table.functionRanges.filter((_, index) => index % 3 === 1));
    this.#init = new InitReader(init, this.#entries);
  }

  get hasInit(): boolean {
    return !this.#init.isEmpty;
  }

  get isInitLate(): boolean {
    return this.#init.isLate;
  }

  whyUnknown(): readonly UnknownReason[] {
    return this.#isUncounted ? [...this.#counts.reasons, "uncounted"] : this.#counts.reasons;
  }

  level(probe: Probe): Level {
    return levelOf(shownOf(probe), this.#table.moduleLevel, this.#length);
  }

  atLoad(probe: Probe, level: Level): Hits {
    const hits = this.#init.read(shownOf(probe), level);
    // Of init it is only known what was covered.
    return hits !== 0 && isDoubtful(probe) ? undefined : hits;
  }

  inFiles(probe: Probe): Hits {
    this.#isUncounted = false;
    return this.#sum(probe);
  }

  #sum(probe: Probe): Hits {
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
    const hits = this.#sum(shown);
    let highest: number | undefined = Number.POSITIVE_INFINITY;
    for (const sum of most) highest = lowerOf(highest, this.#sum(sum));
    if (hits === undefined || highest === undefined || highest === 0) return highest && hits;
    if (hits === 0) return most.length === 0 ? 0 : undefined;
    // Without block counters the witness is unknown itself, and the count is V8's.
    if (least !== undefined && this.#sum(least) === 0) return undefined;
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
