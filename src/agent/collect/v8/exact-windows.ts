/**
 * V8 leaves functions out of later snapshots: it reports one only where its feedback vector counted a call since the
 * take before, and only interpreted and Sparkplug code counts calls there. A straight-line function whose calls all
 * ran in optimised code, or inlined, is dropped as if it had not run (`Coverage::Collect` in V8's debug-coverage.cc).
 * Two things mend that: no function may be optimised at its calls (loops still are, by on-stack replacement), and
 * none inlined; and coverage is started once more, which throws away what was optimised before.
 */
import { setFlagsFromString } from "node:v8";
import { watchUserThreads } from "../user-threads.ts";

/** An unknown flag prints an error to the function's own log: only versions of Node.js that were tested. */
const testedMajors = ["22", "24", "26"];

/** The flags, each with the value that every tested version has by default. */
export const exactFlags: readonly (readonly [exact: string, usual: string])[] = [
  ["--minimum-invocations-before-optimization=2000000000", "--minimum-invocations-before-optimization=2"],
  ["--no-turbo-inlining", "--turbo-inlining"],
  ["--no-maglev-inlining", "--maglev-inlining"],
];

export interface ExactWindows {
  /**
   * Makes every later window exact; whether it did: then coverage has to be started once more. After the first take:
   * flags that are set before the user's modules load have V8 refuse the code cache of Node's own.
   */
  begin(): boolean;
  /** Whether what was counted since the last `begin` is whole. */
  readonly hold: boolean;
}

export function createExactWindows(isWanted: boolean): ExactWindows {
  const [major = ""] = process.versions.node.split(".");
  let isPossible = isWanted && testedMajors.includes(major);
  let hold = false;
  // V8's flags are the process's: computing threads of the user's would run ten times slower.
  if (isPossible) {
    watchUserThreads(() => {
      if (hold) for (const [, usual] of exactFlags) setFlagsFromString(usual);
      isPossible = false;
      hold = false;
    });
  }
  return {
    begin() {
      if (!isPossible || hold) return false;
      for (const [exact] of exactFlags) setFlagsFromString(exact);
      hold = true;
      return true;
    },
    get hold() {
      return hold;
    },
  };
}
