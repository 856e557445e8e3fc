/**
 * Proves that V8 still counts. Another inspector session, or a CPU profile's end, stops precise coverage
 * without a word: later takes still succeed and report every function that ever ran as called once.
 *
 * One function is called a known number of times since the last take, another, that ran before, not at
 * all. A stopped profiler reports the second one too; a profiler that was stopped and started again in
 * between misses calls of the first. V8 may also go on counting calls with all block counters thrown away
 * (somebody's `Debugger.disable`): then its report of the function says so.
 */
import { Script } from "node:vm";
import type { Granularity } from "../../../contract/coverage-file.ts";
import type { V8Function } from "../../../contract/ranges.ts";

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
  const functions = compileFunctions(2, true);
  let turn = 0;
  functions.call(turn, callsAfterTake);
  return {
    beforeTake: () => functions.call(turn, callsBeforeTake),
    afterTake(reported) {
      const counted = functions.countIn(reported, turn) === callsAfterTake + callsBeforeTake;
      const isSound = counted && functions.countIn(reported, 1 - turn) === 0;
      turn = 1 - turn;
      functions.call(turn, callsAfterTake);
      return isSound;
    },
  };
}

/** Without call counts V8 reports a function once and never again: each take needs a fresh one. */
function binaryCanary(takeAndForget: () => void): Canary {
  const count = 64;
  const prepare = (): CanaryFunctions => {
    const fresh = compileFunctions(count, false);
    fresh.call(0, 1);
    takeAndForget();
    fresh.call(1, 1);
    return fresh;
  };
  let functions = prepare();
  let turn = 1;
  return {
    beforeTake: () => undefined,
    afterTake(reported) {
      const isSound = functions.countIn(reported, turn) === 1 && functions.countIn(reported, turn - 1) === 0;
      turn++;
      if (turn === count) {
        functions = prepare();
        turn = 1;
      } else functions.call(turn, 1);
      return isSound;
    },
  };
}

interface CanaryFunctions {
  call(index: number, times: number): void;
  /** Negative where V8 counts with another granularity than it was told to. */
  countIn(reported: readonly V8Function[], index: number): number;
}

let sets = 0;

/**
 * Each set has names of its own: V8 may report one that was given up once more. The branch that is never taken has V8
 * report a function however its calls ran: without one it is dropped once its calls are optimised.
 */
function compileFunctions(count: number, hasBlocks: boolean): CanaryFunctions {
  const set = sets++;
  const name = (index: number): string => `coverageCanary${set}_${index}`;
  const source = Array.from(
    { length: count },
    (_, index) => `function ${name(index)}(never){if(never)never()}`,
  );
  const script = new Script(`[${source}]`, { filename: canaryUrl });
  const functions = script.runInThisContext() as (() => void)[];
  return {
    call(index, times) {
      for (let i = 0; i < times; i++) functions[index]?.();
    },
    countIn(reported, index) {
      const found = reported.find((fn) => fn.functionName === name(index));
      const count = found?.ranges[0]?.count ?? 0;
      return found?.isBlockCoverage === hasBlocks ? count : -count;
    },
  };
}
