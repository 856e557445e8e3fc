/**
 * What loading the function's modules ran, for the windows that its first coverage file is no part of. With V8 the first
 * snapshot that lists a script holds its loading, and the invocation that it came with; probes are read when loading ends.
 */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { Granularity, InitReference } from "../../contract/coverage-file.ts";
import {
  type InitExtent,
  type InitFile,
  type InitScript,
  initFormat,
  type ProbesInitScript,
} from "../../contract/init-file.ts";
import { formatInitKey } from "../../contract/object-keys.ts";
import type { Budget } from "../shared/hold-budget.ts";
import type { Clock } from "./delivery/clock.ts";
import type { Delivery } from "./delivery/delivery.ts";

/** A function that loads modules one by one for ever would name ever more; what is not named is unknown. */
const maxNamed = 32;
/** The role may lack the permission, for good: no later call pays for asking again. */
const maxTries = 3;

interface UnstoredInit {
  key: string;
  body: Uint8Array;
  tries: number;
}

export interface InitFiles {
  /** Scripts whose loading is in the file `sequence`. */
  add(extent: InitExtent, scripts: readonly (InitScript | ProbesInitScript)[], sequence: number): void;
  /** What a coverage file names: all so far. */
  readonly references: readonly InitReference[];
  /** Stores what the bucket may lack; what is left waits for the next call. */
  store(budget: Budget): Promise<void>;
}

export function createInitFiles(options: {
  delivery: Pick<Delivery, "storeContent">;
  granularity: Granularity;
  clock: Clock;
}): InitFiles {
  const { delivery, granularity, clock } = options;
  const references: InitReference[] = [];
  let unstored: UnstoredInit[] = [];
  return {
    references,
    add(extent, scripts, sequence) {
      if (scripts.length === 0 || references.length === maxNamed) return;
      const inOrder = [...scripts].sort((a, b) => (a.path < b.path ? -1 : 1));
      const file: InitFile = { format: initFormat, extent, granularity, scripts: inOrder };
      const text = JSON.stringify(file);
      const key = formatInitKey(createHash("sha256").update(text).digest("hex"));
      references.push({ init: key, sequence });
      unstored.push({ key, body: gzipSync(text), tries: 0 });
    },
    async store(budget) {
      for (const init of unstored) {
        if (clock.now() >= budget.deadlineAt) break;
        init.tries++;
        const failure = { message: "Failed to upload init file" };
        const outcome = await delivery.storeContent({ ...init, failure, likelyMissing: true }, budget);
        if (outcome !== "failed") init.tries = maxTries;
      }
      unstored = unstored.filter(({ tries }) => tries < maxTries);
    },
  };
}

/** Intervals as `InitScript.covered` has them. */
export function gapsOf(intervals: readonly number[]): number[] {
  const gaps: number[] = [];
  let end = 0;
  for (let at = 0; at < intervals.length; at += 2) {
    const [from, to] = [intervals[at] as number, intervals[at + 1] as number];
    gaps.push(from - end, to - from);
    end = to;
  }
  return gaps;
}
