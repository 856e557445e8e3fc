/** Which counters of a plan count code that runs when it is called: what the syntax tree tells of V8's. */
import type { PlannedFunction, ProbePlan } from "../../contract/probe-plan.ts";
import { addInterval, holds, type Intervals } from "../fold/intervals.ts";
import type { Span } from "./locator.ts";

export class DeferredCode {
  readonly #functions: Intervals;
  readonly #starts: ReadonlySet<number>;
  readonly #others: Intervals;

  constructor({ deferred = [] }: ProbePlan, functions: readonly PlannedFunction[]) {
    const spans = functions.map(({ start, body }) => ({ start, end: body.end }));
    this.#functions = union(spans);
    this.#starts = new Set(this.#functions.filter((_, at) => at % 2 === 0));
    this.#others = union(stretches(deferred));
  }

  /** What begins where an outermost function does, and does not lie in it, is what the function is the value of. */
  holds({ start }: Span): boolean {
    return (holds(this.#functions, start) && !this.#starts.has(start)) || holds(this.#others, start);
  }
}

function union(spans: readonly Span[]): Intervals {
  const intervals: number[] = [];
  for (const { start, end } of spans) if (end > start) addInterval(intervals, start, end - 1);
  return intervals;
}

function stretches(gaps: readonly number[]): Span[] {
  const spans: Span[] = [];
  let end = 0;
  for (let at = 0; at < gaps.length; at += 2) {
    const start = end + (gaps[at] as number);
    end = start + (gaps[at + 1] as number);
    spans.push({ start, end });
  }
  return spans;
}
