/**
 * A script's probe table: every counter of the Istanbul report, where it lies in the original sources, and
 * how it is read from the script's counts. Computed once per script, stored beside it.
 */
import type { Intervals } from "../fold/intervals.ts";
import type { FunctionRanges } from "../fold/script-counts.ts";
import type { Probe } from "./repair/terms.ts";

/** Raised whenever the same script would give another table. */
export const mappingVersion = 5;

export interface ProbeTable {
  /** sha256 of the script's source. */
  sha256: string;
  /** sha256 of the source map beside the script, of `""` where there is none. */
  mapSha256: string;
  /** Length of the script's source in UTF-16 code units; no probe lies beyond. */
  length: number;
  functionRanges: FunctionRanges;
  moduleLevel: ModuleLevel;
  /** No source map applies: `files` are deployed code. */
  deployed: boolean;
  /** Why a source map that is there was not used. */
  problem?: string;
  files: FileTable[];
}

/** What of a script is code of its module's own, which runs when the module is loaded, once. */
export interface ModuleLevel {
  /** Code that runs when it is called: functions, and initialisers of instance fields. Outermost ones. */
  deferred: Intervals;
  /** Loops outside of it, which may run their code more than once. */
  loops: Intervals;
}

/**
 * Lines 1-based, columns 0-based: `[startLine, startColumn, endLine, endColumn]`. Column -1: to the line's
 * end (Infinity). All 0: no location (the missing `else` of an `if`).
 */
export type FlatRange = [number, number, number, number];

export interface FileTable {
  /** As the source map names it, resolved by its `sourceRoot`. */
  source: string;
  /** sha256 of the source's text, where the map has it. */
  textSha256?: string;
  statements: StatementCounter[];
  functions: FunctionCounter[];
  branches: BranchCounter[];
}

export interface StatementCounter {
  at: FlatRange;
  /** More than one where the same original statement was emitted more than once: the highest counts. */
  probes: Probe[];
}

export interface FunctionCounter {
  name: string;
  declaration: FlatRange;
  at: FlatRange;
  probe: Probe;
}

export type BranchType = "if" | "cond-expr" | "binary-expr" | "switch" | "default-arg";

export interface BranchCounter {
  type: BranchType;
  at: FlatRange;
  arms: FlatRange[];
  /** One per arm. */
  probes: Probe[];
}
