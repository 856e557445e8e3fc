/**
 * Proves that V8 still counts. Another inspector session, or a CPU profile's end, stops precise coverage
 * without a word: later takes still succeed and report every function that ever ran as called once.
 *
 * One function is called a known number of times since the last take, another, that ran before, not at
 * all. A stopped profiler reports the second one too; a profiler that was stopped and started again in
 * between misses calls of the first.
 */
import { Script } from "node:vm";
import type { Granularity } from "../contract/coverage-file.ts";
import type { V8Function } from "../contract/ranges.ts";

export const canaryUrl = "lambda-coverage:canary";

const callsAfterTake = 2;
const callsBeforeTake = 3;

export interface Canary {
  /** Right before a take. */
  beforeTake(): void;
  /** Right after a take, with what V8 reported for `canaryUrl`; whether V8 still counts. */
  afterTake(functions: readonly V8Function[]): boolean;
}

/** Call it after the profiler's start: only then the functions get counters. */
export function createCanary(granularity: Granularity, takeAndForget: () => void): Canary {
  return granularity === "block" ? countingCanary() : binaryCanary(takeAndForget);
}

function countingCanary(): Canary {
  const birds = compileBirds(2);
  let turn = 0;
  const sing = (times: number): void => {
    for (let i = 0; i < times; i++) birds[turn]?.();
  };
  sing(callsAfterTake);
  return {
    beforeTake: () => sing(callsBeforeTake),
    afterTake(reported) {
      const heard =
        countOf(reported, turn) === callsAfterTake + callsBeforeTake && countOf(reported, 1 - turn) === 0;
      turn = 1 - turn;
      sing(callsAfterTake);
      return heard;
    },
  };
}

/** Without call counts V8 reports a function once and never again: each take needs a fresh one. */
function binaryCanary(takeAndForget: () => void): Canary {
  const count = 64;
  let birds = compileBirds(count);
  birds[0]?.();
  takeAndForget();
  let turn = 1;
  birds[turn]?.();
  return {
    beforeTake: () => undefined,
    afterTake(reported) {
      const heard = countOf(reported, turn) === 1 && countOf(reported, turn - 1) === 0;
      turn++;
      if (turn === count) {
        birds = compileBirds(count);
        birds[0]?.();
        takeAndForget();
        turn = 1;
      }
      birds[turn]?.();
      return heard;
    },
  };
}

function compileBirds(count: number): (() => void)[] {
  const names = Array.from({ length: count }, (_, index) => `function coverageCanary${index}(){}`);
  return new Script(`[${names}]`, { filename: canaryUrl }).runInThisContext() as (() => void)[];
}

function countOf(reported: readonly V8Function[], index: number): number {
  let count = 0;
  for (const fn of reported) {
    if (fn.functionName === `coverageCanary${index}`) count += fn.ranges[0]?.count ?? 0;
  }
  return count;
}
