/** From what combine found to what reports show: counts and words for all that the figures leave out. */
import libCoverage, { type CoverageMap, type CoverageMapData } from "istanbul-lib-coverage";
import type { CombineResult, EnvironmentLoss, UnknownCode } from "../combine/result.ts";
import { profilerStopped } from "../contract/coverage-file.ts";
import { plainLineRanges } from "./line-ranges.ts";
import { buildModel, type Note, type ReportModel, type UnknownPiece } from "./model.ts";
import { visibleText } from "./visible-text.ts";

export interface ReportOptions {
  /** Where the coverage came from, for the head of each report. */
  location: string;
  generatedAt: Date;
  /** Default true. False takes branches out of every figure and file. */
  branches?: boolean;
}

/** Everything the formats draw from. `version` is this package's. */
export function reportInput(
  result: CombineResult,
  options: ReportOptions & { version: string },
): {
  model: ReportModel;
  coverageMap: CoverageMap;
  result: CombineResult;
  version: string;
} {
  return {
    model: reportModel(result, options),
    coverageMap: reportableMap(result.coverageMap, options.branches ?? true),
    result,
    version: options.version,
  };
}

export function reportModel(result: CombineResult, options: ReportOptions): ReportModel {
  const branches = options.branches ?? true;
  const prepare = (map: CoverageMap) => reportableMap(map, branches);
  return buildModel({
    location: visibleText(options.location),
    generatedAt: options.generatedAt,
    branches,
    coverageMap: prepare(result.coverageMap),
    collected: collectedWords(result),
    notes: notesOf(result),
    byFunction: [...result.functions.values()].flatMap(({ name, coverageMap }) =>
      coverageMap === undefined ? [] : [{ name: visibleText(name), coverageMap: prepare(coverageMap) }],
    ),
    sources: new Map([...result.sources].map(([path, source]) => [visibleText(path), source])),
    python: new Map([...result.python].map(([path, figures]) => [visibleText(path), figures])),
    atLoad: new Map([...result.atLoad].map(([path, ids]) => [visibleText(path), ids])),
    carriers: new Map(
      [...result.files].map(([path, { functions }]) => [visibleText(path), functions.map(visibleText)]),
    ),
    unknown: new Map([...result.unknown].map(([path, code]) => [visibleText(path), unknownPieces(code)])),
  });
}

/** A copy whose names are safe to print in any format, and without branches where they are off. */
export function reportableMap(map: CoverageMap, branches: boolean): CoverageMap {
  const copy: CoverageMapData = Object.create(null);
  for (const file of map.files()) {
    const { data } = map.fileCoverageFor(file);
    const path = visibleText(file);
    const fnMap = Object.fromEntries(
      Object.entries(data.fnMap).map(([id, fn]) => [id, { ...fn, name: visibleText(fn.name) }]),
    );
    copy[path] = { ...data, path, fnMap, ...(!branches && { branchMap: {}, b: {} }) };
  }
  return libCoverage.createCoverageMap(copy);
}

function collectedWords(result: CombineResult): string[] {
  const { outcomes, count: invocations } = result.invocations;
  const unusual = (["error", "timeout", "crash"] as const)
    .filter((outcome) => outcomes[outcome] > 0)
    .map((outcome) => plural(outcomes[outcome], outcome));
  const words = [
    plural(result.filesProcessed, "coverage file"),
    plural(invocations, "invocation") + (unusual.length > 0 ? ` (${unusual.join(", ")})` : ""),
    plural(result.environments.count, "execution environment"),
    ...functionNames([...result.functions.keys()].map(visibleText)),
  ];
  if (result.period !== undefined) words.push(periodWords(result.period));
  if (result.inits.environments > 0) words.push(begunEarlierWords(result.inits));
  if (result.duplicates > 0) words.push(`${plural(result.duplicates, "duplicate")} counted once`);
  if (result.excluded.length > 0)
    words.push(`${plural(result.excluded.length, "source")} left out by pattern`);
  return words;
}

/** The figures of a window hold what its environments ran at load, before it. */
function begunEarlierWords({ environments, withoutInit, gone }: CombineResult["inits"]): string {
  const isCounted = withoutInit === 0 && gone.length === 0;
  const words = `${plural(environments, "environment")} begun before, what ran at load`;
  return `${words} ${isCounted ? "is counted" : "is counted where it is known"}`;
}

function functionNames(names: string[]): string[] {
  if (names.length === 0) return [];
  const word = names.length === 1 ? "function" : "functions";
  return [names.length <= 3 ? `${word} ${names.join(", ")}` : plural(names.length, "function")];
}

function periodWords({ from, to }: { from: string; to: string }): string {
  const minute = (iso: string) => iso.slice(0, 16).replace("T", " ");
  if (minute(from) === minute(to)) return `${minute(from)} UTC`;
  const sameDay = from.slice(0, 10) === to.slice(0, 10);
  return `${minute(from)} to ${sameDay ? minute(to).slice(11) : minute(to)} UTC`;
}

export function plural(count: number, word: string): string {
  const ending = /(?:s|x|ch|sh)$/.test(word) ? "es" : "s";
  return `${count.toLocaleString("en-US")} ${word}${count === 1 ? "" : ending}`;
}

function notesOf(result: CombineResult): Note[] {
  return [
    ...incompleteNote(result),
    ...skippedNote(result),
    ...lossNote(result),
    ...unknownNote(result),
    ...initGoneNote(result),
    ...unmappedNote(result),
    ...versionNote(result),
    ...neverLoadedNote(result),
  ];
}

function incompleteNote({ complete, filesProcessed }: CombineResult): Note[] {
  if (complete) return [];
  return [
    {
      kind: "incomplete",
      title: "Reading stopped before the end",
      meaning: `There are more coverage files than the ${filesProcessed.toLocaleString("en-US")} counted below.`,
      items: [],
      left: 0,
    },
  ];
}

function skippedNote({ filesSkipped, skipped }: CombineResult): Note[] {
  if (filesSkipped === 0) return [];
  return [
    {
      kind: "skipped",
      title: `${plural(filesSkipped, "coverage file")} ${filesSkipped === 1 ? "was" : "were"} skipped`,
      meaning: "What only they saw is missing below. --strict makes this an error.",
      items: skipped.map(({ key, reason, detail }) => item(key, `${reason}: ${detail}`)),
      left: filesSkipped - skipped.length,
    },
  ];
}

function lossNote({ environments }: CombineResult): Note[] {
  const { withLosses, count, losses } = environments;
  if (withLosses === 0) return [];
  return [
    {
      kind: "lost",
      title: `${withLosses} of ${plural(count, "execution environment")} lost coverage`,
      meaning: "Code may have run that is shown as uncovered.",
      items: losses.map((loss) =>
        item(`${loss.functionName} (environment ${loss.environmentId})`, lossWords(loss)),
      ),
      left: withLosses - losses.length,
    },
  ];
}

function lossWords({ missingSequences, lostRecords }: EnvironmentLoss): string {
  const words = lostRecords.map(
    ({ sequence, reason }) =>
      `file ${sequence}${reason === profilerStopped ? " and all that would follow" : ""} lost (${reason})`,
  );
  if (missingSequences.length > 0) {
    const ranges = plainLineRanges(missingSequences);
    words.push(`file ${ranges} never arrived`);
  }
  return words.join(", ");
}

const unknownReasons: Record<UnknownCode["reasons"][number], string> = {
  late: "compiled before the profiler started",
  "function-granularity": "collected with COVERAGE_GRANULARITY=function",
  window: "not all that ran is in these files, and those before them are not here",
  "init-or-first-call": "ran before these files, at load or in an environment's first invocation",
  "init-gone": "may have run before these files, when environments began",
  "without-probes": "no probe could be put there",
  restarted: "V8 threw its block counters away for another debugger or profiler",
  uncounted: "V8 has no counter for it (default values, generators that may not have begun)",
};

function unknownNote({ unknown }: CombineResult): Note[] {
  const codes = [...unknown].filter(([, code]) => unknownCount(code) > 0);
  if (codes.length === 0) return [];
  const isUpperBound = codes.some(([, { reasons }]) =>
    reasons.some((reason) => reason === "window" || reason === "init-gone"),
  );
  return [
    {
      kind: "unknown",
      title: `Whether ${unknownWords(codes)} in ${plural(codes.length, "file")} ran is unknown`,
      meaning: `They count neither as covered nor as uncovered${isUpperBound ? ": percentages are of the rest, an upper bound" : ""}.`,
      items: codes.map(([path, code]) =>
        item(
          path,
          `${plural(code.statements.length, "statement")}, ${plural(code.functions.length, "function")}, ${plural(code.branches.length, "branch")}: ${code.reasons.map((reason) => unknownReasons[reason]).join(", ")}`,
        ),
      ),
      left: 0,
    },
  ];
}

function initGoneNote({ inits: { gone, withoutInit } }: CombineResult): Note[] {
  if (gone.length + withoutInit === 0) return [];
  const unnamed = item(
    plural(withoutInit, "environment"),
    "their files name no init, as those of older layers do",
  );
  return [
    {
      kind: "init-gone",
      title: "How some environments began is not known",
      meaning:
        "Their first files are not here, and what stands for them is gone: what may have run then is unknown.",
      items: [
        ...gone.map(({ key, reason, detail, environments: count }) =>
          item(key, `${reason}: ${detail} (${plural(count, "environment")})`),
        ),
        ...(withoutInit > 0 ? [unnamed] : []),
      ],
      left: 0,
    },
  ];
}

/** The statements, or what else there is where all statements are known. */
function unknownWords(codes: readonly [string, UnknownCode][]): string {
  const sum = (kind: "statements" | "functions" | "branches") =>
    codes.reduce((total, [, code]) => total + code[kind].length, 0);
  if (sum("statements") > 0) return plural(sum("statements"), "statement");
  if (sum("functions") > 0) return plural(sum("functions"), "function");
  return plural(sum("branches"), "branch").replace("branchs", "branches");
}

function unknownCount({ statements, functions, branches }: UnknownCode): number {
  return statements.length + functions.length + branches.length;
}

function unmappedNote({ unmapped }: CombineResult): Note[] {
  if (unmapped.length === 0) return [];
  return [
    {
      kind: "unmapped",
      title: `${plural(unmapped.length, "script")} ran but cannot be reported`,
      meaning: "Their code is in no figure.",
      items: unmapped.map(({ path, reason, functions }) => item(path, `${reason} (${functions.join(", ")})`)),
      left: 0,
    },
  ];
}

function versionNote({ files }: CombineResult): Note[] {
  const older = [...files].filter(([, file]) => !file.newest);
  if (older.length === 0) return [];
  return [
    {
      kind: "version",
      title: `${plural(older.length, "older version")} of sources also ran`,
      meaning: "Each version is a file of its own, since their lines differ.",
      items: older.map(([path, file]) => item(path, `an older text of ${file.path}`)),
      left: 0,
    },
  ];
}

function neverLoadedNote({ neverLoaded }: CombineResult): Note[] {
  if (neverLoaded.length === 0) return [];
  return [
    {
      kind: "never-loaded",
      title: `${plural(neverLoaded.length, "file")} ${neverLoaded.length === 1 ? "was" : "were"} never loaded`,
      meaning: "No environment loaded them; all their code counts as uncovered.",
      items: neverLoaded.map((path) => item(path, "never loaded")),
      left: 0,
    },
  ];
}

function item(what: string, why: string): Note["items"][number] {
  return { what: visibleText(what), why: visibleText(why) };
}

function unknownPieces(code: UnknownCode): UnknownPiece[] {
  return [
    ...code.functions.map(({ loc, name }) => ({ from: loc.start.line, to: loc.end.line, name })),
    ...code.statements.map((loc) => ({ from: loc.start.line, to: loc.end.line, name: "" })),
  ];
}
