/** What V8 counted of a script: the sums of its snapshots, read at offsets. */
import type { ScriptHits } from "./counters.ts";
import type { SettledInit } from "./fold/init-counts.ts";
import type { SettledCounts, UnknownReason } from "./fold/script-counts.ts";
import { InitReader } from "./init-reader.ts";
import type { Hits } from "./join/hits.ts";
import { type Level, levelOf } from "./map/module-level.ts";
import type { ProbeTable } from "./map/probe-table.ts";
import type { Probe } from "./map/repair/terms.ts";

export interface V8Counted {
  counts: SettledCounts;
  init: SettledInit;
  repair: boolean;
}

export class V8Hits implements ScriptHits {
  readonly init: InitReader;
  readonly #table: ProbeTable;
  readonly #counts: SettledCounts;
  /** Offsets at which functions are entered: there a function counter is exact without block counters. */
  readonly #entries: ReadonlySet<number>;
  readonly #allowsNegative: boolean;
  readonly #length: number;

  constructor(table: ProbeTable, { counts, init, repair }: V8Counted) {
    this.#table = table;
    this.#counts = counts;
    this.#length = table.length;
    this.#allowsNegative = !repair;
    this.#entries = new Set(table.functionRanges.filter((_, index) => index % 3 === 1));
    this.init = new InitReader(init, this.#entries);
  }

  get reasons(): readonly UnknownReason[] {
    return this.#counts.reasons;
  }

  level(probe: Probe): Level {
    return levelOf(probe, this.#table.moduleLevel, this.#length);
  }

  inFiles(probe: Probe): Hits {
    let hits = 0;
    let isKnown = true;
    for (const term of probe) {
      const offset = term < 0 ? ~term : term;
      const count = this.#at(offset);
      if (count === undefined) isKnown = false;
      else hits += term < 0 ? -count : count;
    }
    if (!isKnown) return undefined;
    return hits < 0 && !this.#allowsNegative ? 0 : hits;
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
