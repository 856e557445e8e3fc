/** What loading ran of one script, in environments whose beginning was not counted. Each counts once. */
import type { Granularity } from "../../contract/coverage-file.ts";
import type { InitExtent, InitScript } from "../../contract/init-file.ts";
import type { Steps } from "./offset-sums.ts";
import { RangeSums } from "./range-sums.ts";

/** How an init was collected, and how many environments went through it. */
export interface InitUse {
  extent: InitExtent;
  granularity: Granularity;
  environments: number;
}

interface Part {
  extent: InitExtent;
  /** V8 had no block counters: where a function is entered is certain, nothing else in it. */
  isBlind: boolean;
  environments: number;
  covered: RangeSums;
}

export interface SettledInit {
  parts: (Omit<Part, "covered"> & { covered: Steps })[];
  /** Some init was collected late: what it does not cover may have run nevertheless. */
  isLate: boolean;
}

export class InitCounts {
  readonly #parts = new Map<string, Part>();
  #isLate = false;

  get isEmpty(): boolean {
    return this.#parts.size === 0;
  }

  add(
    { covered, collectedFrom }: Pick<InitScript, "covered" | "collectedFrom">,
    { extent, granularity, environments }: InitUse,
  ): void {
    const isLate = collectedFrom === "late";
    if (isLate) this.#isLate = true;
    const part = this.#part(extent, isLate || granularity === "function");
    part.environments += environments;
    let end = 0;
    for (let at = 0; at < covered.length; at += 2) {
      const start = end + (covered[at] as number);
      end = start + (covered[at + 1] as number);
      part.covered.add(start, end, environments);
    }
  }

  #part(extent: InitExtent, isBlind: boolean): Part {
    const key = `${extent} ${isBlind}`;
    let part = this.#parts.get(key);
    if (part === undefined) {
      part = { extent, isBlind, environments: 0, covered: new RangeSums() };
      this.#parts.set(key, part);
    }
    return part;
  }

  settle(): SettledInit {
    const parts = [...this.#parts.values()].map((part) => ({
      ...part,
      covered: part.covered.offsets().steps(),
    }));
    return { parts, isLate: this.#isLate };
  }
}
