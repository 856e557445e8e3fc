/** What a report shows, before it is text, markdown or html: built once, drawn by each format. */
import type { CoverageMap } from "istanbul-lib-coverage";
import { addFigures, type Figures, type FileView, viewFile } from "./file-view.ts";

export interface ReportModel {
  /** Where the coverage came from, e.g. `s3://bucket/coverage/2026/11/20/`. */
  location: string;
  generatedAt: Date;
  /** False: branches were switched off; their figures are all 0 and not shown. */
  branches: boolean;
  /** By path. */
  files: FileView[];
  totals: Figures;
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
}

export interface NeverRan {
  path: string;
  name: string;
  line: number;
  column: number;
}

export interface Note {
  kind: "incomplete" | "skipped" | "lost" | "unknown" | "unmapped" | "version" | "never-loaded";
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
}

export function buildModel(parts: ModelParts): ReportModel {
  const files = viewAll(parts.coverageMap);
  return {
    location: parts.location,
    generatedAt: parts.generatedAt,
    branches: parts.branches,
    files,
    totals: addFigures(files.map((file) => file.figures)),
    neverRan: files.flatMap(neverRanIn),
    collected: parts.collected,
    notes: parts.notes,
    byFunction: (parts.byFunction ?? []).map(({ name, coverageMap }) => ({
      name,
      totals: addFigures(viewAll(coverageMap).map((file) => file.figures)),
    })),
    sources: parts.sources,
    unknown: parts.unknown,
  };
}

function viewAll(coverageMap: CoverageMap): FileView[] {
  return coverageMap
    .files()
    .sort(byCodeUnits)
    .map((file) => viewFile(coverageMap.fileCoverageFor(file)));
}

function byCodeUnits(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function neverRanIn(file: FileView): NeverRan[] {
  return file.functions
    .filter((fn) => fn.hits === 0)
    .map(({ name, line, column }) => ({ path: file.path, name, line, column }));
}
