/** What the probes of one script counted, by the plan that says whose counts they are. */

import { isShared } from "../read/check-ranges.ts";
import { InitCounts } from "./init-counts.ts";
import { ProbeSums } from "./probe-sums.ts";
import { type Counts, Recounted, Repeats } from "./recounted.ts";

export class ProbeCounts {
  /** Some coverage file lists the script; else it is known from inits only. */
  isInFiles = false;
  readonly #sums = new ProbeSums();
  /** Lists that many files share, and how often each came. */
  readonly #repeats = new Map<Int32Array, Repeats>();
  /** In probes, where V8's are in offsets. */
  readonly init = new InitCounts();

  add(counts: Counts): void {
    this.isInFiles = true;
    if (counts instanceof Recounted) this.#repeatsOf(counts.of).add(counts.of, counts.changes);
    else if (counts instanceof Int32Array && isShared(counts)) this.#repeatsOf(counts).add(counts, undefined);
    else this.#sums.add(counts);
  }

  #repeatsOf(counts: Int32Array): Repeats {
    let repeats = this.#repeats.get(counts);
    if (repeats === undefined) {
      repeats = new Repeats(2);
      this.#repeats.set(counts, repeats);
    }
    return repeats;
  }

  /** The sums, with what came more than once added as often as it came. */
  get sums(): ProbeSums {
    for (const [counts, { times, added }] of this.#repeats) this.#sums.add(counts, times, added);
    this.#repeats.clear();
    return this.#sums;
  }
}
