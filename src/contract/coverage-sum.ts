/**
 * The sum of many coverage files: the same format and suffix, so that sums and files add up in any order and
 * grouping. It says which sequences of which environments it holds: nothing is ever counted twice.
 */
import type { coverageFormat, Outcome } from "./coverage-file.ts";
import type { PackedRanges } from "./ranges.ts";

export interface CoverageSum {
  format: typeof coverageFormat;
  /** Tells a sum from a single file. */
  sum: 1;
  /** Coverage files that were added. */
  files: number;
  functions: FunctionSum[];
  environments: EnvironmentSum[];
  /** Keys of the init files that `EnvironmentSum.inits` names by index. */
  inits?: string[];
}

export interface EnvironmentSum {
  id: string;
  /** Name of its function. */
  function: string;
  /** Sequences held, sorted, disjoint, inclusive: `[from, to, from, to, …]`. */
  sequences: number[];
  /** Sequences whose coverage the agent recorded as lost. */
  lost?: { sequence: number; reason: string }[];
  /** Those of `sequences` whose files were exact, in the same form; absent: none. */
  exact?: number[];
  /** Its inits, flat pairs `[index in inits, sequence, …]`, see `InitReference`. */
  inits?: number[];
}

export interface FunctionSum {
  name: string;
  versions: string[];
  runtimes: string[];
  files: number;
  /** Newest and oldest start of an invocation, ms since 1970; absent without invocations. */
  firstSeenMs?: number;
  lastSeenMs?: number;
  invocations: { count: number; outcomes: Record<Outcome, number> };
  include?: string[];
  exclude?: string[];
  scripts: ScriptSum[];
}

export type ScriptSum = V8ScriptSum | ProbesScriptSum | PythonScriptSum;

interface ScriptSumBase {
  path: string;
  script: string | null;
  unmapped?: string;
  lastSeenMs: number;
}

export interface V8ScriptSum extends ScriptSumBase {
  kind: "v8";
  snapshots: number;
  /** Side by side, not nested: count of each stretch by block counters. */
  ranges: PackedRanges;
  /** The same for functions without block counters inside. */
  blind?: PackedRanges;
  /** Where snapshots that were collected late had block counters. */
  lateKnown?: PackedRanges;
  /** Ranges with hits below a parent with none, fours `[start, length, count, count - parent's]`. */
  detached?: number[];
  /** Two functions with the same range, threes `[start, length, outer count - inner count]`. */
  twins?: number[];
  reasons?: ("late" | "function-granularity")[];
}

/** One of each plan by which the script was counted. */
export interface ProbesScriptSum extends ScriptSumBase {
  kind: "probes";
  plan: string | null;
  /** As in the coverage file, summed. */
  counts: number[];
}

export interface PythonScriptSum extends ScriptSumBase {
  kind: "python";
  lines: number[];
  arcs: number[];
  late?: boolean;
}

export function isCoverageSum(value: { sum?: unknown }): boolean {
  return value.sum !== undefined;
}
