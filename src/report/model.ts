/** What a report shows, before it is text, markdown or html: built once, drawn by each format. */
import type { CoverageMap, Range } from "istanbul-lib-coverage";
import type { AtLoad, PythonFileCoverage } from "../combine/result.ts";
import { addFigures, type Figures, type FileView, type FunctionView, viewFile } from "./file-view.ts";
import { visibleText } from "./visible-text.ts";

export interface ReportModel {
  /** Where the coverage came from, e.g. `s3://bucket/coverage/2026/11/20/`. */
  location: string;
  generatedAt: Date;
  /** False: branches were switched off; their figures are all 0 and not shown. */
  branches: boolean;
  /** By path. */
  files: FileView[];
  totals: Figures;
  /** Outermost ones only: what lies inside of them is counted, not listed. */
  neverRan: NeverRan[];
  /** Facts about what was collected, e.g. ["40 invocations", "3 environments"]. */
  collected: string[];
  /** What the figures leave out or cannot know. Empty: nothing. */
  notes: Note[];
  /** Figures per Lambda function, where asked for. */
  byFunction: { name: string; totals: Figures }[];
  /** Texts and unknown code by the paths of `files`. */
  sources: ReadonlyMap<string, string>;
  unknown: ReadonlyMap<string, readonly UnknownPiece[]>;
  /** Names of the Lambda functions that carry a file. */
  carriers: ReadonlyMap<string, readonly string[]>;
}

export interface NeverRan {
  path: string;
  name: string;
  line: number;
  column: number;
  /** How its line begins, for a function without a name. */
  code: string | undefined;
  /** Functions inside of it, which never ran either. */
  inside: number;
}

export interface Note {
  kind: "incomplete" | "skipped" | "lost" | "unknown" | "unmapped" | "version" | "never-loaded" | "init-gone";
  /** A sentence with the count, e.g. `3 coverage files were skipped`. */
  title: string;
  /** What that means for the figures, and what to do. */
  meaning: string;
  items: { what: string; why: string }[];
  /** How many more there are than `items` lists. */
  left: number;
}

/** Code that ran but whose blocks V8 did not count; out of every denominator. */
export interface UnknownPiece {
  /** 1-based lines, both included. */
  from: number;
  to: number;
  /** Function name, or empty for the whole file. */
  name: string;
}

export interface ModelParts {
  location: string;
  generatedAt: Date;
  branches: boolean;
  coverageMap: CoverageMap;
  collected: string[];
  notes: Note[];
  byFunction?: { name: string; coverageMap: CoverageMap }[];
  sources: ReadonlyMap<string, string>;
  unknown: ReadonlyMap<string, readonly UnknownPiece[]>;
  carriers?: ReadonlyMap<string, readonly string[]>;
  /** What ran when modules were loaded only. */
  atLoad?: ReadonlyMap<string, AtLoad>;
  /** coverage.py's own figures of Python files. */
  python?: ReadonlyMap<string, PythonFileCoverage>;
}

export function buildModel(parts: ModelParts): ReportModel {
  const files = viewAll(parts.coverageMap, parts);
  return {
    location: parts.location,
    generatedAt: parts.generatedAt,
    branches: parts.branches,
    files,
    totals: addFigures(files.map((file) => file.figures)),
    neverRan: files.flatMap((file) => neverRanIn(file, parts.sources.get(file.path))),
    collected: parts.collected,
    notes: parts.notes,
    byFunction: (parts.byFunction ?? []).map(({ name, coverageMap }) => ({
      name,
      totals: addFigures(viewAll(coverageMap, {}).map((file) => file.figures)),
    })),
    sources: parts.sources,
    unknown: parts.unknown,
    carriers: parts.carriers ?? new Map(),
  };
}

function viewAll(
  coverageMap: CoverageMap,
  { python, atLoad }: Pick<ModelParts, "python" | "atLoad">,
): FileView[] {
  return coverageMap
    .files()
    .sort(byCodeUnits)
    .map((file) =>
      viewFile(coverageMap.fileCoverageFor(file), { python: python?.get(file), atLoad: atLoad?.get(file) }),
    );
}

function byCodeUnits(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

export function outermostNeverRan(file: FileView): (FunctionView & { inside: number })[] {
  const outermost: (FunctionView & { inside: number })[] = [];
  for (const fn of file.functions) {
    if (fn.hits > 0) continue;
    const last = outermost.at(-1);
    if (last !== undefined && endsWithin(fn.loc, last.loc)) last.inside++;
    else outermost.push({ ...fn, inside: 0 });
  }
  return outermost;
}

function neverRanIn(file: FileView, source: string | undefined): NeverRan[] {
  const lines = source?.split("\n");
  return outermostNeverRan(file).map(({ name, isAnonymous, line, column, inside }) => ({
    path: file.path,
    name,
    line,
    column,
    code: isAnonymous ? codeStart(lines?.[line - 1]) : undefined,
    inside,
  }));
}

/** Functions come in the order of their starts: one that ends before another's end lies inside of it. */
function endsWithin(inner: Range, outer: Range): boolean {
  if (inner.end.line !== outer.end.line) return inner.end.line < outer.end.line;
  return (inner.end.column ?? 0) <= (outer.end.column ?? 0);
}

const codeLength = 60;

function codeStart(line: string | undefined): string | undefined {
  const code = visibleText((line ?? "").trim().replace(/\s+/g, " "));
  if (code === "") return undefined;
  return code.length > codeLength ? `${code.slice(0, codeLength - 1)}…` : code;
}

export function neverRanCount({ totals }: ReportModel): number {
  return totals.functions.total - totals.functions.covered;
}
