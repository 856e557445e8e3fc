/** A NODE_V8_COVERAGE folder out of coverage files, with the scripts beside it, for c8 and monocart. */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { defaultLimits, type LocalScripts } from "../../combine/options.ts";
import { parseBytes, readBytes } from "../../combine/read/read-object.ts";
import { type LoadedScript, LoadedScripts, loadScript } from "../../combine/read/script-files.ts";
import { checkCoverageFile, checkFormat, UnusableFile } from "../../combine/read/validate.ts";
import type { CoverageFile, V8ScriptCoverage } from "../../contract/coverage-file.ts";
import { isCoverageSum } from "../../contract/coverage-sum.ts";
import { coverageSuffix, parseScriptKey } from "../../contract/object-keys.ts";
import type { V8ScriptFile } from "../../contract/script-file.ts";
import type { OpenedStore } from "../../store/open-store.ts";
import { type FunctionSpans, functionSpans, groupFunctions } from "./group-functions.ts";
import { parseProgram } from "./parse-program.ts";

export interface ExportOptions {
  opened: OpenedStore;
  /** Gets `coverage/` (what NODE_V8_COVERAGE would hold) and `scripts/`. */
  directory: string;
  localScripts?: LocalScripts | undefined;
}

export interface ExportResult {
  files: number;
  skipped: { key: string; reason: string }[];
  /** Entries of scripts that probes counted: V8's form has no place for them. */
  probed: number;
  /** Scripts whose source is not there: other tools cannot show them. */
  scriptsWithoutSource: string[];
  scripts: number;
}

export async function exportV8Coverage(options: ExportOptions): Promise<ExportResult> {
  const { store, prefix } = options.opened;
  const scripts = new ScriptFolder(options);
  const result: ExportResult = { files: 0, skipped: [], probed: 0, scriptsWithoutSource: [], scripts: 0 };
  const folder = path.join(options.directory, "coverage");
  await mkdir(folder, { recursive: true });
  for await (const { key } of store.list(prefix)) {
    if (!key.endsWith(coverageSuffix)) continue;
    try {
      const value = checkFormat(parseBytes(await readBytes(store, key), defaultLimits.maxFileBytes));
      // A sum no longer knows its files, and they lie in the bucket beside it.
      if (isCoverageSum(value)) continue;
      const file = checkCoverageFile(value);
      result.probed += file.scripts.filter(({ kind }) => kind === "probes").length;
      const name = `coverage-${process.pid}-${Date.now()}-${result.files}.json`;
      await writeFile(path.join(folder, name), JSON.stringify(await processCoverage(file, scripts)));
      result.files++;
    } catch (error) {
      if (!(error instanceof UnusableFile)) throw error;
      result.skipped.push({ key, reason: `${error.reason}: ${error.message}` });
    }
  }
  return { ...result, scripts: scripts.count, scriptsWithoutSource: [...scripts.missing] };
}

/** One coverage file as the JSON that Node writes at exit. */
async function processCoverage(file: CoverageFile, scripts: ScriptFolder) {
  const result: unknown[] = [];
  const sourceMaps: Record<string, unknown> = {};
  for (const script of file.scripts) {
    if (script.kind !== "v8") continue;
    const exported = await scripts.export(script);
    if (exported === undefined) continue;
    const functions = groupFunctions(script.ranges, exported.spans);
    result.push({ scriptId: String(result.length), url: exported.url, functions });
    if (exported.sourceMap !== undefined) sourceMaps[exported.url] = exported.sourceMap;
  }
  return { result, timestamp: 0, "source-map-cache": sourceMaps };
}

interface ExportedScript {
  url: string;
  spans: FunctionSpans;
  /** As Node's source-map-cache has it. */
  sourceMap: { lineLengths: number[]; data: unknown; url: string | null } | undefined;
}

/** Writes each distinct script once. */
class ScriptFolder {
  readonly missing = new Set<string>();
  count = 0;
  readonly #options: ExportOptions;
  readonly #exported = new Map<string, Promise<ExportedScript | undefined>>();

  constructor(options: ExportOptions) {
    this.#options = options;
  }

  export(script: V8ScriptCoverage): Promise<ExportedScript | undefined> {
    const key = script.script ?? "";
    let exported = this.#exported.get(key);
    if (script.script === null || exported === undefined) {
      exported = this.#write(script);
      this.#exported.set(key, exported);
    }
    return exported;
  }

  async #write(script: V8ScriptCoverage): Promise<ExportedScript | undefined> {
    const loaded = await this.#load(script);
    if (!("file" in loaded) || loaded.file.kind !== "v8") {
      this.missing.add(`${script.path}: ${"problem" in loaded ? loaded.problem : "not a V8 script"}`);
      return undefined;
    }
    const { source, sourceMap } = loaded.file;
    const map = sourceMap === undefined ? inlineSourceMap(source) : parseMap(sourceMap);
    const file = path.join(this.#options.directory, "scripts", scriptPath(loaded.file, map));
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, source);
    this.count++;
    return {
      url: pathToFileURL(path.resolve(file)).href,
      spans: functionSpans(parseProgram(source), source),
      sourceMap: map && { lineLengths: lineLengths(source), data: map, url: null },
    };
  }

  async #load(script: V8ScriptCoverage): Promise<LoadedScript> {
    if (script.script === null) return { problem: script.unmapped ?? "its source was not stored" };
    if (parseScriptKey(script.script) === undefined) return { problem: "its script's key is none of ours" };
    const { opened, localScripts } = this.#options;
    const from = {
      store: opened.store,
      cache: new LoadedScripts(),
      localScripts,
      maxBytes: defaultLimits.maxScriptBytes,
      onBytes: () => {},
    };
    return loadScript(from, script.script, script.path);
  }
}

interface SourceMap {
  sources?: unknown;
}

/** Deep enough that the map's `../../src/a.ts` stays inside this script's folder; names made harmless. */
function scriptPath(file: V8ScriptFile, map: SourceMap | undefined): string {
  const sources = Array.isArray(map?.sources) ? map.sources : [];
  const ups = sources.map((source) => (/^(\.\.\/)+/.exec(String(source))?.[0].length ?? 0) / 3);
  const parts = file.path.split(/[/\\]/).filter((part) => part !== "" && part !== "." && part !== "..");
  const safe = parts.map((part) => part.replace(/[^A-Za-z0-9._@ -]/g, "_"));
  const missingDepth = Math.max(0, ...ups) - (safe.length - 1);
  const padding = Array.from({ length: Math.max(0, missingDepth) }, () => "deployed");
  return path.join(file.sha256.slice(0, 8), ...padding, ...(safe.length > 0 ? safe : ["script.js"]));
}

function inlineSourceMap(source: string): SourceMap | undefined {
  const comments = [
    ...source.matchAll(/\/\/[#@] sourceMappingURL=data:application\/json[^,\n]*?(;base64)?,(\S+)/g),
  ];
  const last = comments.at(-1);
  if (last === undefined) return undefined;
  const [, base64, data] = last as unknown as [string, string | undefined, string];
  return parseMap(base64 ? Buffer.from(data, "base64").toString("utf8") : decodeURIComponent(data));
}

function parseMap(text: string): SourceMap | undefined {
  try {
    return JSON.parse(text) as SourceMap;
  } catch {
    // A wrong map: other tools then show the deployed code, as our own reports do.
    return undefined;
  }
}

function lineLengths(source: string): number[] {
  return source.split(/\n|\u2028|\u2029/).map((line) => line.length);
}
