/** Probe table + counts + inits → the counters of each original file: hits, or undefined where nobody knows. */
import type { UnknownReason } from "./fold/script-counts.ts";
import type { Hits } from "./join/hits.ts";
import type { Level } from "./map/module-level.ts";
import type { FileTable } from "./map/probe-table.ts";
import type { Probe } from "./map/repair/terms.ts";

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

/** What one collector counted of a script, read by its table's probes. */
export interface ScriptHits {
  /** In coverage files; undefined: unknown. */
  inFiles(probe: Probe): Hits;
  /** Why the last `inFiles` was unknown. */
  whyUnknown(): readonly UnknownReason[];
  level(probe: Probe): Level;
  /** Before the coverage files, where they do not hold the beginning of an environment; undefined: unknown. */
  atLoad(probe: Probe, level: Level): Hits;
  /** Beginnings of environments lie elsewhere, and are told by inits. */
  readonly hasInit: boolean;
  /** Some beginning was collected late: what it does not cover may have run nevertheless. */
  readonly isInitLate: boolean;
}

/** There are hardly any others: a table of a big bundle has a hundred thousand. */
const never: Count = { hits: 0, atLoad: false };
const unknown: Count = { hits: undefined, atLoad: false };

export class CounterReader {
  readonly #counted: ScriptHits;
  readonly #window: WindowReason | undefined;
  /** Everything that ran is in the files. */
  readonly #isComplete: boolean;
  #reasons = new Set<UnknownReason>();

  constructor(counted: ScriptHits, window: WindowReason | undefined) {
    this.#counted = counted;
    this.#window = window;
    this.#isComplete = window === undefined && !counted.hasInit;
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
    const hits = this.#counted.inFiles(probe);
    // Most counters of most reports.
    if (hits === 0 && this.#isComplete) return never;
    const level = this.#counted.level(probe);
    const atLoad = this.#counted.atLoad(probe, level);
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
    if (hits === undefined) return this.#counted.whyUnknown();
    if (atLoad === undefined) return ["init-or-first-call"];
    if (this.#window !== undefined) return [this.#window];
    return this.#counted.isInitLate ? ["late"] : [];
  }
}
