/**
 * The combined JSON: coverage.py's JSON report, format 2 (docs/data-format.md says how JavaScript maps to
 * it). https://coverage.readthedocs.io/en/latest/cmd.html#json-reporting-coverage-json
 */
import type { Collector, CombineResult, PythonFileCoverage } from "../combine/result.ts";
import type { ArmView, FileView } from "./file-view.ts";
import type { ReportModel } from "./model.ts";

export interface CoverageSummaryJson {
  covered_lines: number;
  num_statements: number;
  /** Lines and arms together where branches are measured, as coverage.py counts. 100 where there is nothing. */
  percent_covered: number;
  percent_covered_display: string;
  missing_lines: number;
  excluded_lines: number;
  percent_statements_covered: number;
  percent_statements_covered_display: string;
  num_branches?: number;
  /** Arms not taken of branches whose line ran. */
  num_partial_branches?: number;
  covered_branches?: number;
  missing_branches?: number;
  percent_branches_covered?: number;
  percent_branches_covered_display?: string;
}

export interface CoverageFileJson {
  executed_lines: number[];
  summary: CoverageSummaryJson;
  missing_lines: number[];
  excluded_lines: number[];
  executed_branches?: [number, number][];
  missing_branches?: [number, number][];
  /** Ours: lines of which it is not known whether they ran; in no other list. */
  unknown_lines?: number[];
  /** Ours: executed lines that ran only when their module was loaded. */
  at_load_lines?: number[];
}

export interface CoverageJson {
  meta: {
    format: 2;
    version: string;
    timestamp: string;
    branch_coverage: boolean;
    show_contexts: false;
    /** Ours: what the figures rest on, and what they leave out. */
    lambda_coverage: CollectionJson;
  };
  files: Record<string, CoverageFileJson>;
  totals: CoverageSummaryJson;
}

export interface CollectionJson {
  location: string;
  files_processed: number;
  files_skipped: number;
  invocations: number;
  environments: number;
  environments_with_losses: number;
  functions: string[];
  /** What JavaScript and TypeScript were counted by. */
  collectors: Collector[];
  /** Everything the reports warn about, in words. */
  notes: { kind: string; title: string; meaning: string; items: { what: string; why: string }[] }[];
  /** Outermost ones; `inside` counts those within, which never ran either. */
  functions_never_run: { name: string; file: string; line: number; inside: number }[];
}

type Counts = Pick<CoverageFileJson, "executed_lines" | "missing_lines" | "excluded_lines"> & {
  executed_branches: [number, number][];
  missing_branches: [number, number][];
};

export function coverageJson(model: ReportModel, result: CombineResult, version: string): CoverageJson {
  const files: Record<string, CoverageFileJson> = Object.create(null);
  const all: Sums[] = [];
  for (const file of model.files) {
    const counts = countsOf(file, result.python.get(file.path));
    const sums = sumsOf(counts);
    all.push(sums);
    files[file.path] = fileJson(counts, sums, model, file);
  }
  return {
    meta: {
      format: 2,
      version,
      timestamp: model.generatedAt.toISOString(),
      branch_coverage: model.branches,
      show_contexts: false,
      lambda_coverage: collectionJson(model, result),
    },
    files,
    totals: summaryJson(addSums(all), model.branches),
  };
}

function fileJson(counts: Counts, sums: Sums, model: ReportModel, file: FileView): CoverageFileJson {
  const unknown = unknownLines(model, file.path, counts);
  const atLoad = counts.executed_lines.filter((line) => file.linesAtLoad.has(line));
  return {
    executed_lines: counts.executed_lines,
    summary: summaryJson(sums, model.branches),
    missing_lines: counts.missing_lines,
    excluded_lines: counts.excluded_lines,
    ...(model.branches && {
      executed_branches: counts.executed_branches,
      missing_branches: counts.missing_branches,
    }),
    ...(unknown.length > 0 && { unknown_lines: unknown }),
    ...(atLoad.length > 0 && { at_load_lines: atLoad }),
  };
}

function countsOf(file: FileView, python: PythonFileCoverage | undefined): Counts {
  if (python !== undefined) {
    return {
      executed_lines: python.executedLines,
      missing_lines: python.missingLines,
      excluded_lines: python.excludedLines,
      executed_branches: python.executedBranches,
      missing_branches: python.missingBranches,
    };
  }
  const lines = [...file.lineHits].sort(([a], [b]) => a - b);
  const arms = (taken: boolean) => file.arms.filter((arm) => arm.hits > 0 === taken).map(armPair);
  return {
    executed_lines: lines.filter(([, hits]) => hits > 0).map(([line]) => line),
    missing_lines: lines.filter(([, hits]) => hits === 0).map(([line]) => line),
    excluded_lines: [],
    executed_branches: arms(true),
    missing_branches: arms(false),
  };
}

/** From the branch's line to the arm's; an arm that is not written (a missing `else`) points to its branch. */
function armPair(arm: ArmView): [number, number] {
  return [arm.line, arm.loc?.start.line ?? arm.line];
}

function unknownLines(model: ReportModel, path: string, counts: Counts): number[] {
  const known = new Set([...counts.executed_lines, ...counts.missing_lines]);
  const lines = new Set<number>();
  for (const { from, to } of model.unknown.get(path) ?? []) {
    for (let line = from; line <= to; line++) if (!known.has(line)) lines.add(line);
  }
  return [...lines].sort((a, b) => a - b);
}

interface Sums {
  executed: number;
  missing: number;
  excluded: number;
  taken: number;
  notTaken: number;
  partial: number;
}

function sumsOf(counts: Counts): Sums {
  const missingLines = new Set(counts.missing_lines);
  return {
    executed: counts.executed_lines.length,
    missing: counts.missing_lines.length,
    excluded: counts.excluded_lines.length,
    taken: counts.executed_branches.length,
    notTaken: counts.missing_branches.length,
    partial: counts.missing_branches.filter(([from]) => !missingLines.has(from)).length,
  };
}

function addSums(all: readonly Sums[]): Sums {
  const total = { executed: 0, missing: 0, excluded: 0, taken: 0, notTaken: 0, partial: 0 };
  for (const sums of all) for (const name of Object.keys(total) as (keyof Sums)[]) total[name] += sums[name];
  return total;
}

function summaryJson(sums: Sums, branches: boolean): CoverageSummaryJson {
  const statements = percentOf(sums.executed, sums.executed + sums.missing);
  const arms = percentOf(sums.taken, sums.taken + sums.notTaken);
  const both = branches
    ? percentOf(sums.executed + sums.taken, sums.executed + sums.missing + sums.taken + sums.notTaken)
    : statements;
  return {
    covered_lines: sums.executed,
    num_statements: sums.executed + sums.missing,
    percent_covered: both,
    percent_covered_display: displayPercent(both),
    missing_lines: sums.missing,
    excluded_lines: sums.excluded,
    percent_statements_covered: statements,
    percent_statements_covered_display: displayPercent(statements),
    ...(branches && {
      num_branches: sums.taken + sums.notTaken,
      num_partial_branches: sums.partial,
      covered_branches: sums.taken,
      missing_branches: sums.notTaken,
      percent_branches_covered: arms,
      percent_branches_covered_display: displayPercent(arms),
    }),
  };
}

function percentOf(covered: number, total: number): number {
  return total === 0 ? 100 : (100 * covered) / total;
}

/** As coverage.py does: 0 and 100 only where exact, ties to the even number (Python's round). */
export function displayPercent(percent: number): string {
  if (percent > 0 && percent < 1) return "1";
  if (percent > 99 && percent < 100) return "99";
  const down = Math.floor(percent);
  const fraction = percent - down;
  const up = fraction > 0.5 || (fraction === 0.5 && down % 2 === 1);
  return String(up ? down + 1 : down);
}

function collectionJson(model: ReportModel, result: CombineResult): CollectionJson {
  return {
    location: model.location,
    files_processed: result.filesProcessed,
    files_skipped: result.filesSkipped,
    invocations: result.invocations.count,
    environments: result.environments.count,
    environments_with_losses: result.environments.withLosses,
    functions: [...result.functions.keys()],
    collectors: [...new Set([...result.files.values()].flatMap(({ collectors }) => collectors))].sort(),
    notes: model.notes.map(({ kind, title, meaning, items }) => ({ kind, title, meaning, items })),
    functions_never_run: model.neverRan.map(({ name, path, line, inside }) => ({
      name,
      file: path,
      line,
      inside,
    })),
  };
}
