/**
 * The coverage file: what one upload of one execution environment holds (gzip'd JSON in the bucket).
 * Counters only, no percentages. Files add up in any order; `(environment.id, environment.sequence)`
 * is counted once. Within a major version old files stay readable.
 */
import type { PackedRanges } from "./ranges.ts";

export const coverageFormat = "lambda-coverage/1";

export type Granularity = "block" | "function";
/** `late`: user code was compiled before the profiler started; its blocks are unknown. */
export type CollectedFrom = "start" | "late";
export type Outcome = "ok" | "error" | "timeout" | "crash";

export interface FunctionIdentity {
  name: string;
  version: string;
  region: string;
  /** e.g. `nodejs22.x`, `python3.12`. */
  runtime: string;
}

export interface Invocation {
  requestId: string;
  /** ISO 8601, UTC. */
  startedAt: string;
  durationMs: number;
  outcome: Outcome;
  /** How long of it the main thread ran code, from 10 ms on; absent below, and where it is not known. */
  busyMs?: number;
}

export interface V8ScriptCoverage {
  kind: "v8";
  /** Deployed path relative to the task root (`index.js`), or absolute outside it. */
  path: string;
  /** Full key of the script file in the bucket, or null where the source could not be had. */
  script: string | null;
  /** Why `script` is null. */
  unmapped?: string;
  ranges: PackedRanges;
  /** This script alone was compiled before the profiler started. */
  collectedFrom?: CollectedFrom;
}

/** Counts of probes in the code, see probe-plan.ts and how-probes-work. */
export interface ProbesScriptCoverage {
  kind: "probes";
  path: string;
  script: string | null;
  unmapped?: string;
  /** Full key of the plan, which says whose counts they are; null where the file ran without probes. */
  plan: string | null;
  /** Probes that counted, flat pairs `[probes without a count since the one before, count, …]`. */
  counts: number[];
}

export interface PythonScriptCoverage {
  kind: "python";
  path: string;
  script: string | null;
  unmapped?: string;
  /** Executed line numbers, 1-based. */
  lines: number[];
  /**
   * Executed arcs as flat pairs `[from, to, from, to, …]`; negative numbers as coverage.py writes them.
   * Empty beside lines: branches were not measured.
   */
  arcs: number[];
  /** This script was imported before the tracer started: its module-level lines are unknown where not listed. */
  collectedFrom?: CollectedFrom;
}

export type ScriptCoverage = V8ScriptCoverage | ProbesScriptCoverage | PythonScriptCoverage;

/** Sequence `sequence` of this environment was taken but never stored, and never will be. */
export interface LostRecord {
  /** `killed`, `fallback-full`, `canary`, or `profilerStopped`. */
  reason: string;
}

/** Reason of an environment's last record: its coverage is lost from this sequence on, and no file follows. */
export const profilerStopped = "profiler-stopped";

/** An init that this environment went through. */
export interface InitReference {
  /** Key of the init file. */
  init: string;
  /** The file of this environment whose counters hold it already. */
  sequence: number;
}

export interface CoverageFile {
  format: typeof coverageFormat;
  function: FunctionIdentity;
  /** One environment is one runtime process. Sequences count its files from 0, which holds the init phase. */
  environment: { id: string; sequence: number };
  invocations: Invocation[];
  granularity: Granularity;
  collectedFrom: CollectedFrom;
  /** COVERAGE_INCLUDE_PATTERNS / COVERAGE_EXCLUDE_PATTERNS as set on the function, for combine. */
  include?: string[];
  exclude?: string[];
  /** Present where this sequence's coverage is lost; `scripts` is then empty. */
  lost?: LostRecord;
  /**
   * Every function that ran since the file before is in this one, as often as it ran: what is not in it did not run.
   * Absent: V8 may have left out functions that ran before in this environment, or files with nothing new were not
   * stored. What such a file does not show is unknown, unless all earlier files of its environment are counted, too.
   */
  exact?: true;
  /** What loading the environment's modules ran, see init-file.ts; absent where the agent does not know it. */
  inits?: InitReference[];
  scripts: ScriptCoverage[];
}
