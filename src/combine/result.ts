/** What `combine()` hands to reports: everything that is known, and by name everything that is not. */
import type { CoverageMap, Range } from "istanbul-lib-coverage";
import type { Outcome } from "../contract/coverage-file.ts";
import type { UnknownReason } from "./fold/script-counts.ts";

export interface CombineResult {
  /**
   * Istanbul coverage by original source path: relative to the repository root, `/` as separator, never
   * absolute, never with `..`. Holds known code only: what is unknown is out of the denominator, see `unknown`.
   * Python files are in it too (a statement is a line), see `python` for coverage.py's own figures.
   */
  coverageMap: CoverageMap;
  /** Text of each original source by the paths of `coverageMap`; absent where nobody has it. */
  sources: ReadonlyMap<string, string>;
  /** What is known of each file of `coverageMap` beside its counters. */
  files: ReadonlyMap<string, ReportedFile>;

  /** Coverage files that were added, those inside partial sums included. */
  filesProcessed: number;
  /** Coverage files under the prefix that could not be used. */
  filesSkipped: number;
  /** The skipped ones with their reasons (the first 1,000; `filesSkipped` counts all). */
  skipped: SkippedFile[];
  /** Files and sums whose sequences were counted already: not an error, not in `filesSkipped`. */
  duplicates: number;
  /** Gzip'd bytes read, scripts included. */
  bytesRead: number;

  /** False: `until` stopped reading, there is more under the prefix. */
  complete: boolean;

  invocations: InvocationCounts;
  environments: EnvironmentSummary;
  /** Code whose execution is not known, by path (paths may be missing from `coverageMap`). */
  unknown: ReadonlyMap<string, UnknownCode>;
  /**
   * Counters of `coverageMap` all of whose hits come from loading modules: code outside of functions, and functions
   * that are known to have run then.
   */
  atLoad: ReadonlyMap<string, AtLoad>;
  /** What the beginnings of environments ran that lie outside of the selection. */
  inits: InitSummary;
  /** Scripts that ran but cannot be reported, each with the reason. */
  unmapped: UnmappedScript[];
  /** By Lambda function name. */
  functions: ReadonlyMap<string, FunctionCoverage>;
  /** coverage.py's figures by path, for `kind: python` files. */
  python: ReadonlyMap<string, PythonFileCoverage>;
  /** Files that no environment loaded and that `all` made count as 0. */
  neverLoaded: string[];
  /** Original sources that include/exclude patterns left out. */
  excluded: string[];
  /** Oldest and newest start of an invocation, ISO 8601 UTC; undefined without invocations. */
  period: { from: string; to: string } | undefined;
  /** The partial sum of everything counted, gzip'd: a `.coverage` object that later runs add to or start from. */
  encodeSum(): Uint8Array;
}

export type SkipReason =
  /** Could not be downloaded after 3 tries. */
  | "unreadable"
  /** Larger than the limit, packed or unpacked. */
  | "too-large"
  /** Not gzip, cut off, or failing gzip's own checksum. */
  | "corrupt"
  /** Not JSON. */
  | "not-json"
  /** JSON, but no coverage file: another tool's, or of a later major version. */
  | "foreign"
  /** A coverage file with fields that cannot be true. */
  | "invalid"
  /** A partial sum that holds some of what was counted already, and more. */
  | "overlapping"
  /** A partial sum where functions put their coverage files. */
  | "misplaced";

export interface SkippedFile {
  key: string;
  reason: SkipReason;
  /** What exactly was wrong, for people. */
  detail: string;
}

export interface InvocationCounts {
  count: number;
  outcomes: Record<Outcome, number>;
}

export interface EnvironmentSummary {
  /** Execution environments (runtime processes) that left at least one file. */
  count: number;
  /** Environments with at least one lost sequence. */
  withLosses: number;
  /** The losses (the first 1,000). */
  losses: EnvironmentLoss[];
}

export interface EnvironmentLoss {
  environmentId: string;
  functionName: string;
  /** Sequences that lie between two stored ones and are missing. */
  missingSequences: number[];
  /** Sequences that the agent itself recorded as lost. */
  lostRecords: { sequence: number; reason: string }[];
}

export interface UnknownCode {
  /**
   * `late`: compiled before the profiler started; `function-granularity`: only function counters; `restarted`:
   * something else in the process had V8 throw its block counters away; `uncounted`: V8 has no counter for it;
   * `without-probes`: no probe could be put there; `window`: the files are not exact, and those before them are not in
   * the selection; `init-or-first-call`: it ran before the selection begins, at load or in the first invocation;
   * `init-gone`: the selection begins later, and what ran before cannot be had.
   */
  reasons: UnknownReason[];
  statements: Range[];
  functions: { name: string; loc: Range }[];
  branches: { type: string; loc: Range }[];
}

/** Ids of `coverageMap`'s file. */
export interface AtLoad {
  statements: number[];
  functions: number[];
  /** Arms, `[id of the branch, arm]`. */
  branches: [number, number][];
}

export interface InitSummary {
  /** Environments that began before the selection, or some module of theirs was loaded before. */
  environments: number;
  /** Those whose beginning nobody tells: their files name no init. */
  withoutInit: number;
  /** Init files that are missing or cannot be used, and for how many environments. */
  gone: { key: string; reason: SkipReason; detail: string; environments: number }[];
}

export interface UnmappedScript {
  /** Deployed path. */
  path: string;
  /** Key of the script file, where there is one. */
  script: string | undefined;
  functions: string[];
  reason: string;
}

export interface ReportedFile {
  language: "javascript" | "python";
  /** Original path without a version suffix (`src/a.ts` for `src/a.ts@3f2a91c0`). */
  path: string;
  /** sha256 (hex) of the original source's text, or undefined where the text is not known. */
  sourceSha256: string | undefined;
  /** False: an older text of a path of which a newer one was seen too. */
  newest: boolean;
  /** Names of the Lambda functions that carry this source. */
  functions: string[];
  /** No source map applied: this is deployed code. */
  deployed: boolean;
  /** What its counters come from; empty for Python, and for what was never loaded. */
  collectors: Collector[];
}

export type Collector = "v8" | "probes";

export interface FunctionCoverage {
  name: string;
  /** Function versions and runtimes seen. */
  versions: string[];
  runtimes: string[];
  filesProcessed: number;
  environments: number;
  invocations: InvocationCounts;
  /** Only with `by: "function"`. */
  coverageMap?: CoverageMap;
}

/** As coverage.py's JSON report counts one file. */
export interface PythonFileCoverage {
  executedLines: number[];
  missingLines: number[];
  excludedLines: number[];
  /** Pairs [from, to] of branch arcs; a negative number leaves or enters the code object at that line. */
  executedBranches: [number, number][];
  missingBranches: [number, number][];
}
