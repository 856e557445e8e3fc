/** Reports out of Istanbul's JSON: what a combine run stored, or what tests and other tools wrote. */
import libCoverage, { type CoverageMap, type CoverageMapData } from "istanbul-lib-coverage";
import type { CombineResult, PythonFileCoverage } from "../combine/result.ts";
import type { CollectionJson, CoverageJson } from "./coverage-py-json.ts";
import type { FormatInput } from "./formats.ts";
import { plural, reportableMap } from "./from-combine.ts";
import { buildModel, type Note } from "./model.ts";
import { visibleText } from "./visible-text.ts";

export interface IstanbulParts {
  /** Paths are those to report; see `relativePaths`. */
  maps: readonly CoverageMapData[];
  sources: ReadonlyMap<string, string>;
  /** coverage.py's figures of Python files, where a combined JSON has them. */
  python: ReadonlyMap<string, PythonFileCoverage>;
  /** What the combined JSON beside a map says of its collection. */
  collections: readonly CollectionJson[];
  location: string;
  generatedAt: Date;
  branches: boolean;
  version: string;
}

export function inputFromIstanbul(parts: IstanbulParts): FormatInput {
  const merged = libCoverage.createCoverageMap();
  for (const map of parts.maps) merged.merge(map);
  const coverageMap = reportableMap(merged, parts.branches);
  const model = buildModel({
    location: visibleText(parts.location),
    generatedAt: parts.generatedAt,
    branches: parts.branches,
    coverageMap,
    collected: collectedWords(parts),
    notes: parts.collections.flatMap(notesOf),
    sources: new Map([...parts.sources].map(([path, source]) => [visibleText(path), source])),
    unknown: new Map(),
    python: parts.python,
  });
  return { model, coverageMap, result: resultOf(parts, merged), version: parts.version };
}

function collectedWords({ maps, collections }: IstanbulParts): string[] {
  const sum = (name: "files_processed" | "invocations" | "environments") =>
    collections.reduce((total, collection) => total + collection[name], 0);
  if (collections.length === 0) return [plural(maps.length, "Istanbul report")];
  return [
    plural(sum("files_processed"), "coverage file"),
    plural(sum("invocations"), "invocation"),
    plural(sum("environments"), "execution environment"),
    ...(maps.length > collections.length
      ? [plural(maps.length - collections.length, "Istanbul report")]
      : []),
  ];
}

function notesOf({ notes }: CollectionJson): Note[] {
  return notes.map(({ kind, title, meaning, items }) => ({
    kind: kind as Note["kind"],
    title: visibleText(title),
    meaning: visibleText(meaning),
    items: items.map(({ what, why }) => ({ what: visibleText(what), why: visibleText(why) })),
    left: 0,
  }));
}

/** What the formats read of a combine result. */
function resultOf({ collections, sources, python }: IstanbulParts, coverageMap: CoverageMap): CombineResult {
  const sum = (of: (collection: CollectionJson) => number) =>
    collections.reduce((total, collection) => total + of(collection), 0);
  return {
    coverageMap,
    sources,
    files: new Map(),
    filesProcessed: sum((collection) => collection.files_processed),
    filesSkipped: sum((collection) => collection.files_skipped),
    skipped: [],
    duplicates: 0,
    bytesRead: 0,
    complete: true,
    invocations: {
      count: sum((collection) => collection.invocations),
      outcomes: { ok: 0, error: 0, timeout: 0, crash: 0 },
    },
    environments: {
      count: sum((collection) => collection.environments),
      withLosses: sum((collection) => collection.environments_with_losses),
      losses: [],
    },
    unknown: new Map(),
    atLoad: new Map(),
    inits: { environments: 0, withoutInit: 0, gone: [] },
    unmapped: [],
    functions: new Map(),
    python,
    neverLoaded: [],
    excluded: [],
    period: undefined,
    encodeSum: () => {
      throw new TypeError("an Istanbul report holds no coverage files to sum");
    },
  };
}

/** Python's figures out of a combined JSON; branches may have been off. */
export function pythonFigures({ files }: CoverageJson): [string, PythonFileCoverage][] {
  return Object.entries(files)
    .filter(([path]) => /\.pyi?$/.test(path))
    .map(([path, file]) => [
      path,
      {
        executedLines: file.executed_lines,
        missingLines: file.missing_lines,
        excludedLines: file.excluded_lines,
        executedBranches: file.executed_branches ?? [],
        missingBranches: file.missing_branches ?? [],
      },
    ]);
}

/** Paths below `root` relative to it; others as they are. `root` is absolute, `/` as separator. */
export function relativePaths(map: CoverageMapData, root: string): CoverageMapData {
  const folder = root.endsWith("/") ? root : `${root}/`;
  const relative: CoverageMapData = Object.create(null);
  for (const coverage of Object.values(map)) {
    const data = "data" in coverage ? coverage.data : coverage;
    const path = data.path.startsWith(folder) ? data.path.slice(folder.length) : data.path;
    relative[path] = { ...data, path };
  }
  return relative;
}

/** What is wrong with a value as Istanbul's coverage map, or undefined. */
export function coverageMapProblem(value: unknown): string | undefined {
  if (!isObject(value)) return "it is no JSON object";
  for (const [path, file] of Object.entries(value)) {
    const isFile = isObject(file) && typeof file.path === "string";
    if (
      !isFile ||
      !["statementMap", "fnMap", "branchMap", "s", "f", "b"].every((name) => isObject(file[name]))
    ) {
      return `${JSON.stringify(path)} is no file of a coverage map`;
    }
  }
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
