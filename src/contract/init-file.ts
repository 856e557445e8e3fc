/**
 * The init file: what loading a function's modules ran, stored once per distinct content (gzip'd JSON; its name is the
 * sha256 of the JSON). Environments of one version load the same modules, so a fleet has few. Coverage files name
 * theirs, so that a report over a later window need not call code never run that ran when its environments began.
 */
import type { CollectedFrom, Granularity } from "./coverage-file.ts";

export const initFormat = "lambda-coverage-init/1";

/**
 * `load`: read when loading had ended, and nothing else is in it. `first-file`: taken with the invocation that loading
 * came with. Then only code outside of functions is known to have run at load; a function may have run in either.
 */
export type InitExtent = "load" | "first-file";

export interface InitFile {
  format: typeof initFormat;
  extent: InitExtent;
  granularity: Granularity;
  scripts: (InitScript | ProbesInitScript)[];
}

export interface InitScript {
  kind: "v8";
  /** As in the coverage file. */
  path: string;
  /** Full key of the script file, or null where the source could not be had. */
  script: string | null;
  collectedFrom: CollectedFrom;
  /**
   * Where a counter was above 0: sorted disjoint stretches, flat pairs `[gap since the end of the one before, length, …]`:
   * of the script in UTF-16 code units, or of the plan's probes.
   */
  covered: number[];
}

export interface ProbesInitScript extends Omit<InitScript, "kind"> {
  kind: "probes";
  /** As in the coverage file. */
  plan: string;
}
