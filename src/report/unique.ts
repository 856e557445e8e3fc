/** What one combine result ran that another did not: e.g. one request against all others. */
import type { CoverageMap, FileCoverage, Range } from "istanbul-lib-coverage";
import type { CombineResult } from "../combine/result.ts";
import { type FileView, type FunctionView, viewFile } from "./file-view.ts";
import { type LineRange, lineRanges } from "./line-ranges.ts";

export interface UniqueFile {
  path: string;
  functions: { name: string; line: number }[];
  /** Lines with a statement that only the first ran. */
  lines: LineRange[];
  statements: number;
  source: string | undefined;
}

/** Files with something unique, by path. Statements and functions are the same where their places are. */
export function uniqueCoverage(
  of: Pick<CombineResult, "coverageMap" | "sources">,
  others: CoverageMap | undefined,
): UniqueFile[] {
  return of.coverageMap
    .files()
    .sort()
    .flatMap((path) => {
      const file = viewFile(of.coverageMap.fileCoverageFor(path));
      const other = fileOf(others, path);
      const found = uniqueInFile(file, other === undefined ? undefined : viewFile(other));
      return found.statements + found.functions.length === 0
        ? []
        : [{ ...found, source: of.sources.get(path) }];
    });
}

function fileOf(map: CoverageMap | undefined, path: string): FileCoverage | undefined {
  return map?.files().includes(path) ? map.fileCoverageFor(path) : undefined;
}

function uniqueInFile(file: FileView, other: FileView | undefined): Omit<UniqueFile, "source"> {
  const ranElsewhere = new Set<string>();
  for (const { loc, hits } of other?.statements ?? []) if (hits > 0) ranElsewhere.add(placeOf(loc));
  const calledElsewhere = new Set<string>();
  for (const fn of other?.functions ?? []) if (fn.hits > 0) calledElsewhere.add(placeOf(fn.loc));
  const statements = file.statements.filter(({ loc, hits }) => hits > 0 && !ranElsewhere.has(placeOf(loc)));
  const functions = file.functions.filter((fn) => fn.hits > 0 && !calledElsewhere.has(placeOf(fn.loc)));
  const lines = [...new Set(statements.map(({ loc }) => loc.start.line))].sort((a, b) => a - b);
  return {
    path: file.path,
    functions: functions.map(({ name, line }: FunctionView) => ({ name, line })),
    lines: lineRanges(lines, (line) => file.lineHits.has(line)),
    statements: statements.length,
  };
}

function placeOf({ start, end }: Range): string {
  return `${start.line}:${start.column}-${end.line}:${end.column}`;
}
