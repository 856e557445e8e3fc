/** One file of the coverage map as the reports show it: lines, functions, arms, figures. */
import type { CoverageSummaryData, FileCoverage, Range, Totals } from "istanbul-lib-coverage";
import type { AtLoad, PythonFileCoverage } from "../combine/result.ts";
import { type LineRange, lineRanges } from "./line-ranges.ts";
import { visibleText } from "./visible-text.ts";

export type Metric = "statements" | "branches" | "functions" | "lines";
export const metrics: readonly Metric[] = ["statements", "branches", "functions", "lines"];

export type Figures = Record<Metric, { total: number; covered: number }>;

export interface FunctionView {
  /** `(anonymous)` where the source gives no name. */
  name: string;
  isAnonymous: boolean;
  line: number;
  column: number;
  hits: number;
  /** It ran, and only when its module was loaded. */
  atLoad: boolean;
  loc: Range;
}

export interface ArmView {
  /** `if`, `cond-expr`, `switch`, `binary-expr`, `default-arg`, … as Istanbul names them. */
  type: string;
  index: number;
  arms: number;
  hits: number;
  /** Of the branch. */
  line: number;
  /** Of the arm; undefined for an `else` that is not written. */
  loc: Range | undefined;
  /** Python: the line it jumps to; negative: it leaves the code that begins at that line. */
  jumpsTo?: number;
}

export interface FileView {
  path: string;
  figures: Figures;
  /** Hits by 1-based line; a line that starts no statement is absent. */
  lineHits: ReadonlyMap<number, number>;
  uncovered: LineRange[];
  functions: FunctionView[];
  arms: ArmView[];
  statements: { loc: Range; hits: number; atLoad: boolean }[];
  /** Lines that ran, and only when their module was loaded. */
  linesAtLoad: ReadonlySet<number>;
  /** False: only whether a line ran is known, not how often (coverage.py). */
  countsHits: boolean;
}

/** `python`: what coverage.py knows of the file; its jumps stand in for Istanbul's arms. */
export function viewFile(
  coverage: FileCoverage,
  { python, atLoad }: { python?: PythonFileCoverage | undefined; atLoad?: AtLoad | undefined } = {},
): FileView {
  const lineHits = new Map(
    Object.entries(coverage.getLineCoverage()).map(([line, hits]) => [Number(line), hits]),
  );
  const missed = [...lineHits]
    .filter(([, hits]) => hits === 0)
    .map(([line]) => line)
    .sort((a, b) => a - b);
  const statements = statementViews(coverage, atLoad);
  return {
    path: visibleText(coverage.path),
    figures: figuresOf(coverage.toSummary().data),
    lineHits,
    uncovered: lineRanges(missed, (line) => lineHits.has(line)),
    functions: functionViews(coverage, atLoad),
    arms: python === undefined ? armViews(coverage) : jumpViews(coverage, python),
    countsHits: python === undefined,
    statements,
    linesAtLoad: linesAtLoad(statements),
  };
}

function statementViews(coverage: FileCoverage, atLoad: AtLoad | undefined): FileView["statements"] {
  const ids = new Set(atLoad?.statements);
  return Object.entries(coverage.statementMap).map(([id, loc]) => ({
    loc,
    hits: coverage.s[id] ?? 0,
    atLoad: ids.has(Number(id)),
  }));
}

function linesAtLoad(statements: FileView["statements"]): Set<number> {
  const ran = statements.filter(({ hits }) => hits > 0);
  const lines = new Set(ran.filter(({ atLoad }) => atLoad).map(({ loc }) => loc.start.line));
  for (const { atLoad, loc } of ran) if (!atLoad) lines.delete(loc.start.line);
  return lines;
}

function figuresOf(summary: CoverageSummaryData): Figures {
  const figure = ({ total, covered }: Totals) => ({ total, covered });
  return {
    statements: figure(summary.statements),
    branches: figure(summary.branches),
    functions: figure(summary.functions),
    lines: figure(summary.lines),
  };
}

function functionViews(coverage: FileCoverage, atLoad: AtLoad | undefined): FunctionView[] {
  const ids = new Set(atLoad?.functions);
  return Object.entries(coverage.fnMap)
    .map(([id, fn]) => {
      const { start } = fn.decl ?? fn.loc;
      return {
        name: isAnonymous(fn.name) ? "(anonymous)" : visibleText(fn.name),
        isAnonymous: isAnonymous(fn.name),
        line: start.line,
        column: start.column,
        hits: coverage.f[id] ?? 0,
        atLoad: ids.has(Number(id)),
        loc: fn.loc,
      };
    })
    .sort((a, b) => a.line - b.line || a.column - b.column);
}

/** Istanbul numbers the nameless `(anonymous_7)`; the number says nothing to a reader. */
function isAnonymous(name: string): boolean {
  return name === "" || /^\(anonymous(_\d+)?\)$/.test(name);
}

function armViews(coverage: FileCoverage): ArmView[] {
  return Object.entries(coverage.branchMap).flatMap(([id, branch]) => {
    const hits = coverage.b[id] ?? [];
    return hits.map((count, index) => {
      const loc = branch.locations[index];
      const isWritten = loc?.start?.line !== undefined;
      return {
        type: branch.type,
        index,
        arms: hits.length,
        hits: count,
        line: branch.loc?.start?.line ?? branch.line,
        loc: isWritten ? loc : undefined,
      };
    });
  });
}

function jumpViews(coverage: FileCoverage, python: PythonFileCoverage): ArmView[] {
  // Where branches are switched off, the map has none and coverage.py's are not shown either.
  if (Object.keys(coverage.branchMap).length === 0) return [];
  const view = (hits: number, [from, to]: [number, number]): ArmView => ({
    type: "jump",
    index: 0,
    arms: 1,
    hits,
    line: from,
    loc: undefined,
    jumpsTo: to,
  });
  return [
    ...python.executedBranches.map((jump) => view(1, jump)),
    ...python.missingBranches.map((jump) => view(0, jump)),
  ];
}

export function addFigures(all: readonly Figures[]): Figures {
  const sum = (metric: Metric) => ({
    total: all.reduce((total, figures) => total + figures[metric].total, 0),
    covered: all.reduce((covered, figures) => covered + figures[metric].covered, 0),
  });
  return {
    statements: sum("statements"),
    branches: sum("branches"),
    functions: sum("functions"),
    lines: sum("lines"),
  };
}
