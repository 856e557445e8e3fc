/** What one combine result ran that another did not: e.g. one request against all others. */
import type { CoverageMap, FileCoverage, Range } from "istanbul-lib-coverage";
import type { CombineResult, UnknownCode } from "../combine/result.ts";
import { type FileView, viewFile } from "./file-view.ts";
import { type LineRange, lineRanges } from "./line-ranges.ts";

export interface UniqueFile extends UniqueCode {
  path: string;
  /** What the first ran and no other is seen to have run, but some may have: their files do not tell. */
  uncertain?: UniqueCode;
  source: string | undefined;
}

export interface UniqueCode {
  functions: UniqueFunction[];
  /** Lines with a statement that only the first ran. */
  lines: LineRange[];
  statements: number;
}

export interface UniqueFunction {
  name: string;
  line: number;
  /** The environment's first file alone has it: it ran at init or in the first call, or in both. */
  orAtInit?: true;
}

export interface Compared {
  of: Pick<CombineResult, "coverageMap" | "sources" | "atLoad">;
  others: Pick<CombineResult, "coverageMap" | "unknown"> | undefined;
  /** Where `of` holds first files of environments: what the rest of its files ran, undefined without a rest. */
  beyondFirst?: { ran: CoverageMap | undefined };
}

/** Files with something unique, by path. Statements and functions are the same where their places are. */
export function uniqueCoverage({ of, others, beyondFirst }: Compared): UniqueFile[] {
  return of.coverageMap
    .files()
    .sort()
    .flatMap((path) => {
      const file = viewFile(of.coverageMap.fileCoverageFor(path), { atLoad: of.atLoad.get(path) });
      const elsewhere = new Elsewhere(fileOf(others?.coverageMap, path), others?.unknown.get(path));
      const isCertain = beyondFirst === undefined ? () => true : ranIn(fileOf(beyondFirst.ran, path));
      const found = { path: file.path, ...uniqueInFile(file, elsewhere, isCertain) };
      return isEmpty(found) && found.uncertain === undefined
        ? []
        : [{ ...found, source: of.sources.get(path) }];
    });
}

function fileOf(map: CoverageMap | undefined, path: string): FileCoverage | undefined {
  return map?.files().includes(path) ? map.fileCoverageFor(path) : undefined;
}

interface Counter {
  loc: Range;
  hits: number;
}

/** Whether the function is among those that ran. */
function ranIn(coverage: FileCoverage | undefined): (fn: Counter) => boolean {
  const ran = placesThatRan(coverage === undefined ? [] : viewFile(coverage).functions);
  return ({ loc }) => ran.has(placeOf(loc));
}

/** What others ran of one file, and of what their files do not tell. */
class Elsewhere {
  readonly statements: ReadonlySet<string>;
  readonly functions: ReadonlySet<string>;
  readonly #unknown: ReadonlySet<string>;

  constructor(coverage: FileCoverage | undefined, unknown: UnknownCode | undefined) {
    const view = coverage && viewFile(coverage);
    this.statements = placesThatRan(view?.statements ?? []);
    this.functions = placesThatRan(view?.functions ?? []);
    // What only the beginning of an environment may have run is told apart by `orAtInit`.
    const isTold = unknown?.reasons.every((reason) => reason === "init-or-first-call") ?? true;
    const places = isTold
      ? []
      : [...(unknown?.statements ?? []), ...(unknown?.functions ?? []).map(({ loc }) => loc)];
    this.#unknown = new Set(places.map(placeOf));
  }

  mayHaveRun({ loc }: Counter): boolean {
    return this.#unknown.has(placeOf(loc));
  }
}

function placesThatRan(counters: readonly Counter[]): Set<string> {
  return new Set(counters.filter(({ hits }) => hits > 0).map(({ loc }) => placeOf(loc)));
}

function uniqueInFile(
  file: FileView,
  elsewhere: Elsewhere,
  isCertain: (fn: Counter) => boolean,
): UniqueCode & { uncertain?: UniqueCode } {
  // What ran at load ran for no request.
  const ranHere = <T extends Counter & { atLoad: boolean }>(
    counters: readonly T[],
    others: ReadonlySet<string>,
  ) => counters.filter(({ hits, atLoad, loc }) => hits > 0 && !atLoad && !others.has(placeOf(loc)));
  const statements = ranHere(file.statements, elsewhere.statements);
  const functions = ranHere(file.functions, elsewhere.functions);
  const part = (isUncertain: boolean): UniqueCode => {
    const own = statements.filter((statement) => elsewhere.mayHaveRun(statement) === isUncertain);
    const lines = [...new Set(own.map(({ loc }) => loc.start.line))].sort((a, b) => a - b);
    return {
      functions: functions
        .filter((fn) => elsewhere.mayHaveRun(fn) === isUncertain)
        .map((fn) => ({ name: fn.name, line: fn.line, ...(!isCertain(fn) && { orAtInit: true }) })),
      lines: lineRanges(lines, (line) => file.lineHits.has(line)),
      statements: own.length,
    };
  };
  const uncertain = part(true);
  return { ...part(false), ...(!isEmpty(uncertain) && { uncertain }) };
}

function isEmpty({ statements, functions }: UniqueCode): boolean {
  return statements + functions.length === 0;
}

function placeOf({ start, end }: Range): string {
  return `${start.line}:${start.column}-${end.line}:${end.column}`;
}
