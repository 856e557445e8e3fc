/** What the probes of one script counted, by the plan that says whose counts they are. */
import { InitCounts } from "./init-counts.ts";
import { ProbeSums } from "./probe-sums.ts";

export class ProbeCounts {
  /** Some coverage file lists the script; else it is known from inits only. */
  isInFiles = false;
  readonly sums = new ProbeSums();
  /** In probes, where V8's are in offsets. */
  readonly init = new InitCounts();

  add(counts: ArrayLike<number>): void {
    this.isInFiles = true;
    this.sums.add(counts);
  }
}
