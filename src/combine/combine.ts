/** The whole way from coverage files to a result: gather → map → join. */
import libCoverage, { type CoverageMap, type CoverageMapData } from "istanbul-lib-coverage";
import { CombineError } from "./combine-error.ts";
import { addInvocationCounts, type FunctionScripts, noInvocations } from "./fold/function-scripts.ts";
import { encodeSum, writeSum } from "./fold/sums.ts";
import { addNeverLoaded } from "./join/never-loaded/never-loaded.ts";
import type { NamedFile } from "./join/source-files.ts";
import { ScriptMapper } from "./map-scripts.ts";
import type { CombineOptions } from "./options.ts";
import { type Gathered, gather } from "./read/gather.ts";
import { gatherInits } from "./read/gather-inits.ts";
import type { CombineResult, FunctionCoverage } from "./result.ts";

/**
 * Combines every coverage file below `prefix`. Single unusable files are skipped and listed; rejects with a
 * CombineError where no true result is possible, and with the store's error where the store fails.
 */
export async function combine(options: CombineOptions): Promise<CombineResult> {
  const gathered = await gather(options);
  if (gathered.filesProcessed === 0) throw noFiles(options, gathered);
  const inits = await gatherInits(options, gathered);
  const mapper = new ScriptMapper(options, gathered, inits);
  await mapper.mapAll();
  const neverLoaded = await addNeverLoaded(options, mapper.files, inits.anyWindowReason);
  const named = mapper.files.named();
  const result = describe(named, gathered, mapper);
  Object.assign(result, { neverLoaded, inits: inits.summary });
  if (options.by === "function") addFunctionMaps(result, named, mapper);
  if (result.coverageMap.files().length === 0) throw noMappedCode(result);
  return result;
}

/** Only the sum of the coverage files: nothing is mapped, no script has to be there. */
export async function combineToSum(
  options: CombineOptions,
): Promise<{ sum: Uint8Array; gathered: Gathered }> {
  const gathered = await gather(options);
  return { sum: encodeSum(writeSum(gathered)), gathered };
}

function describe(named: readonly NamedFile[], gathered: Gathered, mapper: ScriptMapper): CombineResult {
  const sources = sourceTexts(named);
  const invocations = noInvocations();
  for (const from of gathered.functions.values()) addInvocationCounts(invocations, from.invocations);
  const functions = [...gathered.functions.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    coverageMap: coverageMap(named),
    get sources() {
      return sources();
    },
    files: new Map(named.map((entry) => [entry.name, reportedFile(entry)])),
    filesProcessed: gathered.filesProcessed,
    filesSkipped: gathered.filesSkipped,
    skipped: gathered.skipped.sort((a, b) => (a.key < b.key ? -1 : 1)),
    duplicates: gathered.duplicates,
    bytesRead: gathered.bytesRead,
    complete: gathered.complete,
    invocations,
    environments: gathered.environments.summary(),
    unknown: new Map(
      named.flatMap(({ name, file }) => {
        const unknown = file.counters.unknown();
        return unknown === undefined ? [] : [[name, unknown]];
      }),
    ),
    atLoad: new Map(named.map(({ name, file }) => [name, file.counters.atLoad()])),
    inits: { environments: 0, withoutInit: 0, gone: [] },
    unmapped: mapper.unmapped,
    functions: new Map(functions.map((from) => [from.name, functionCoverage(from, gathered)])),
    python: new Map(
      named.flatMap(({ name, file }) => {
        const python = file.counters.python?.();
        return python === undefined ? [] : [[name, python]];
      }),
    ),
    neverLoaded: [],
    excluded: [...mapper.excluded].sort(),
    period: period(functions),
    encodeSum: () => encodeSum(writeSum(gathered)),
  };
}

/** Read when first asked for. Holds on to the texts' readers only, not to the counters beside them. */
function sourceTexts(named: readonly NamedFile[]): () => ReadonlyMap<string, string> {
  const readers = named.map(({ name, file }) => [name, file.text] as const);
  let texts: Map<string, string> | undefined;
  return () => {
    if (texts === undefined) {
      texts = new Map();
      for (const [name, read] of readers) {
        const text = read();
        if (text !== undefined) texts.set(name, text);
      }
    }
    return texts;
  };
}

function coverageMap(named: readonly NamedFile[]): CoverageMap {
  const data: CoverageMapData = Object.create(null);
  for (const { name, file } of named) {
    const coverage = file.counters.coverage(name);
    // A file of which nothing is known is no file with 100 %.
    if (hasCounters(coverage)) data[name] = coverage as CoverageMapData[string];
  }
  return libCoverage.createCoverageMap(data);
}

function hasCounters({ s, f, b }: { s: object; f: object; b: object }): boolean {
  return [s, f, b].some((counters) => Object.keys(counters).length > 0);
}

function reportedFile({ newest, file }: NamedFile) {
  const { language, path, textSha256, functions, deployed } = file;
  return {
    language,
    path,
    sourceSha256: textSha256,
    newest,
    functions: [...functions].filter((name) => name !== "").sort(),
    deployed,
    collectors: file.counters.collectors,
  };
}

function functionCoverage(from: FunctionScripts, gathered: Gathered): FunctionCoverage {
  return {
    name: from.name,
    versions: [...from.versions].sort(),
    runtimes: [...from.runtimes].sort(),
    filesProcessed: from.filesProcessed,
    environments: gathered.environments.countOf(from.name),
    invocations: from.invocations,
  };
}

function addFunctionMaps(result: CombineResult, named: readonly NamedFile[], mapper: ScriptMapper): void {
  const names = new Map(named.map(({ name, file }) => [identityOf(file), name]));
  for (const [functionName, files] of mapper.filesByFunction) {
    const own = files
      .named()
      .map((entry) => ({ ...entry, name: names.get(identityOf(entry.file)) ?? entry.name }));
    const coverage = result.functions.get(functionName);
    if (coverage !== undefined) coverage.coverageMap = coverageMap(own);
  }
}

function identityOf(file: NamedFile["file"]): string {
  return `${file.path}\0${file.textSha256 ?? ""}`;
}

function period(functions: readonly FunctionScripts[]): CombineResult["period"] {
  // Not Math.min(...): a hundred thousand arguments are more than a call takes.
  const from = functions.reduce(
    (least, { firstSeenMs }) => Math.min(least, firstSeenMs),
    Number.POSITIVE_INFINITY,
  );
  const to = functions.reduce((most, { lastSeenMs }) => Math.max(most, lastSeenMs), 0);
  if (!Number.isFinite(from)) return undefined;
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}

function noFiles(options: CombineOptions, gathered: Gathered): CombineError {
  const where = `${options.store.location}${options.prefix === "" ? "" : ` under ${options.prefix}`}`;
  const first = gathered.skipped[0];
  if (first === undefined) {
    return new CombineError(
      "NoCoverageFiles",
      `no coverage files in ${where}`,
      "Check bucket and prefix, and that the function has the layer and was invoked.",
    );
  }
  return new CombineError(
    "NoCoverageFiles",
    `none of ${gathered.filesSkipped} files in ${where} can be used; the first: ${first.key}: ${first.detail}`,
    "Look at the listed reasons; are these files of this layer?",
  );
}

function noMappedCode(result: CombineResult): CombineError {
  const [unmapped] = result.unmapped;
  const reasons = [
    unmapped &&
      `${counted(result.unmapped.length, "script")} cannot be mapped, the first ${unmapped.path}: ${unmapped.reason}`,
    result.excluded.length > 0 && `${counted(result.excluded.length, "source")} left out by patterns`,
    result.unknown.size > 0 && `${counted(result.unknown.size, "source")} unknown`,
  ].filter(Boolean);
  return new CombineError(
    "NoMappedCode",
    `${counted(result.filesProcessed, "coverage file")}, but no code to report: ${reasons.join("; ") || "no script ran"}`,
    "Check the patterns (node_modules is left out unless --exclude names others), that coverage-scripts/ lies in the same bucket, or name the scripts' folder by --scripts.",
    result,
  );
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
