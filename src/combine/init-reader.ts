/** What the inits of environments say of a counter: hits at load, none, or that it may have run. */
import type { SettledInit } from "./fold/init-counts.ts";
import { addHits, type Hits } from "./join/hits.ts";
import type { Level } from "./map/module-level.ts";
import type { Probe } from "./map/repair/terms.ts";

type Part = SettledInit["parts"][number];

export class InitReader {
  readonly #init: SettledInit;
  /** Offsets at which functions are entered. */
  readonly #entries: ReadonlySet<number>;

  constructor(init: SettledInit, entries: ReadonlySet<number>) {
    this.#init = init;
    this.#entries = entries;
  }

  get isEmpty(): boolean {
    return this.#init.parts.length === 0;
  }

  get isLate(): boolean {
    return this.#init.isLate;
  }

  /** undefined: it may have run. */
  read(probe: Probe, level: Level): Hits {
    let hits: Hits = 0;
    for (const part of this.#init.parts) hits = addHits(hits, this.#readPart(part, probe, level));
    return hits;
  }

  #readPart(part: Part, probe: Probe, level: Level): Hits {
    let sum = 0;
    let isReached = false;
    for (const term of probe) {
      const environments = part.covered.at(term < 0 ? ~term : term);
      if (term >= 0 && environments > 0) isReached = true;
      sum += term < 0 ? -environments : environments;
    }
    if (!isReached) return 0;
    if (level === "deferred" && part.extent === "first-file") return undefined;
    const isEntry = probe.length === 1 && this.#entries.has(probe[0] as number);
    if (part.isBlind && !isEntry) return undefined;
    // Covered or not is all that is known. What is left over was reached in so many environments; where nothing is
    // left, only code that runs once is known not to have been reached.
    if (sum > 0) return Math.min(sum, part.environments);
    return level === "once" ? 0 : undefined;
  }
}
