/** What probes counted of a script: the sums of its files, read by the plan's numbers. */
import type { ScriptHits } from "./counters.ts";
import type { SettledInit } from "./fold/init-counts.ts";
import type { UnknownReason } from "./fold/script-counts.ts";
import { InitReader } from "./init-reader.ts";
import type { Hits } from "./join/hits.ts";
import type { Level } from "./map/module-level.ts";
import type { PlanTable } from "./map/plan-table.ts";
import type { Probe } from "./map/repair/terms.ts";

const noEntries: ReadonlySet<number> = new Set();

export class ProbeHits implements ScriptHits {
  readonly #init: InitReader;
  readonly #table: PlanTable;
  readonly #counts: Float64Array;

  /** `counts`: of each probe of the plan. */
  constructor(table: PlanTable, counts: Float64Array, init: SettledInit) {
    this.#table = table;
    this.#counts = counts;
    this.#init = new InitReader(init, noEntries);
  }

  get hasInit(): boolean {
    return !this.#init.isEmpty;
  }

  get isInitLate(): boolean {
    return this.#init.isLate;
  }

  whyUnknown(): readonly UnknownReason[] {
    return ["without-probes"];
  }

  atLoad(probe: Probe, level: Level): Hits {
    return this.#init.read(probe, level);
  }

  level(probe: Probe): Level {
    return probe.some((one) => this.#table.isDeferred[one] === 1) ? "deferred" : "module";
  }

  inFiles(probe: Probe): Hits {
    let hits = 0;
    let isKnown = true;
    for (const one of probe) {
      if (one === this.#table.unknown) isKnown = false;
      else hits += this.#counts[one] as number;
    }
    // A statement that stands twice in the deployed code, once without probes: what the other saw is certain.
    return isKnown || hits > 0 ? hits : undefined;
  }
}
