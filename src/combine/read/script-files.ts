/** Script files: loaded, checked against the hash in their key. */
import { createHash } from "node:crypto";
import { parseScriptKey } from "../../contract/object-keys.ts";
import {
  identityText,
  type PythonScriptFile,
  type ScriptFile,
  scriptFormat,
  type V8ScriptFile,
} from "../../contract/script-file.ts";
import type { CoverageStore } from "../../store/store.ts";
import type { LocalScripts } from "../options.ts";
import { parseBytes, readBytes } from "./read-object.ts";
import { isNatural, isObject, UnusableFile } from "./validate.ts";

/** `packedBytes`: what it took in the bucket; infinite where it is of this machine. */
export type LoadedScript = { file: ScriptFile; packedBytes: number } | { problem: string };

/** Keeps the first scripts that were loaded: most runs have a few, and need each of them twice. */
export class LoadedScripts {
  readonly #byKey = new Map<string, LoadedScript>();
  #keptCharacters = 0;

  get(key: string): LoadedScript | undefined {
    return this.#byKey.get(key);
  }

  keep(key: string, script: LoadedScript): void {
    const map = "file" in script && script.file.kind === "v8" ? (script.file.sourceMap?.length ?? 0) : 0;
    const characters = "file" in script ? script.file.source.length + map : 0;
    if (this.#keptCharacters + characters > mostKeptCharacters) return;
    this.#keptCharacters += characters;
    this.#byKey.set(key, script);
  }

  drop(key: string): void {
    this.#byKey.delete(key);
  }
}

const mostKeptCharacters = 16 * 1024 * 1024;

export interface ScriptSource {
  store: CoverageStore;
  cache: LoadedScripts;
  localScripts?: LocalScripts | undefined;
  maxBytes: number;
  onBytes: (bytes: number) => void;
}

/** Never rejects for what is wrong with one script. `path`: the deployed path, for a local look-up. */
export async function loadScript(from: ScriptSource, key: string, path: string): Promise<LoadedScript> {
  const cached = from.cache.get(key);
  if (cached !== undefined) return cached;
  const loaded = await readScript(from, key, path);
  from.cache.keep(key, loaded);
  return loaded;
}

async function readScript(from: ScriptSource, key: string, path: string): Promise<LoadedScript> {
  const sha256 = parseScriptKey(key) as string;
  const local = await from.localScripts?.find(sha256, path);
  if (local !== undefined) {
    const file = { format: scriptFormat, kind: "v8", sha256, path, ...local } as const;
    return checkHash(file, sha256, Number.POSITIVE_INFINITY);
  }
  try {
    const bytes = await readBytes(from.store, key);
    from.onBytes(bytes.length);
    return checkHash(checkScriptFile(parseBytes(bytes, from.maxBytes)), sha256, bytes.length);
  } catch (error) {
    if (error instanceof UnusableFile) return { problem: `its script file ${key}: ${error.message}` };
    throw error;
  }
}

/** Sources come from a bucket that others write to: the name is the proof. */
function checkHash(file: ScriptFile, sha256: string, packedBytes: number): LoadedScript {
  const actual = createHash("sha256").update(identityText(file), "utf8").digest("hex");
  if (actual === sha256) return { file, packedBytes };
  return { problem: `its script file's source has the sha256 ${actual}, not ${sha256} as its key says` };
}

function checkScriptFile(value: unknown): ScriptFile {
  if (!isObject(value) || value.format !== scriptFormat) {
    throw new UnusableFile("foreign", `not of the format ${scriptFormat}`);
  }
  if (typeof value.source !== "string") throw new UnusableFile("invalid", "source is not a text");
  if (value.kind === "python") return checkPython(value);
  if (value.kind !== "v8") throw new UnusableFile("invalid", "kind is neither v8 nor python");
  if (value.sourceMap !== undefined && typeof value.sourceMap !== "string") {
    throw new UnusableFile("invalid", "sourceMap is not a text");
  }
  return value as unknown as V8ScriptFile;
}

/** Its code may say no more than its lines can: one more than there are, for a file that ends without a line feed. */
function checkPython(value: Record<string, unknown>): PythonScriptFile {
  const lines = lineCount(value.source as string);
  if (lines > mostPythonLines) {
    throw new UnusableFile("too-large", `its source has ${lines} lines, more than ${mostPythonLines}`);
  }
  const isLine = (line: unknown) => Number.isSafeInteger(line) && Math.abs(line as number) <= lines + 1;
  for (const field of ["statements", "excluded", "multiline", "noBranch", "moduleLines"]) {
    const listed = value[field];
    const isOptional = field !== "statements" && field !== "excluded";
    if (listed === undefined && isOptional) continue;
    if (!Array.isArray(listed) || !listed.every((line) => isNatural(line) && isLine(line))) {
      throw new UnusableFile("invalid", `${field} is not a list of the source's line numbers`);
    }
    if (listed.length > 2 * (lines + 1)) throw new UnusableFile("invalid", `${field} names lines twice`);
  }
  for (const [field, size] of [
    ["arcs", 2],
    ["multiline", 2],
    ["withJumps", 6],
  ] as const) {
    const numbers = value[field];
    if (numbers === undefined && field !== "arcs") continue;
    if (!Array.isArray(numbers) || numbers.length % size !== 0 || !numbers.every(isLine)) {
      throw new UnusableFile("invalid", `${field} is not a list of the source's lines in groups of ${size}`);
    }
  }
  if (value.functions !== undefined && !isFunctionList(value.functions, isLine)) {
    throw new UnusableFile("invalid", "functions is not a list of names and lines");
  }
  return value as unknown as PythonScriptFile;
}

const mostPythonLines = 1_000_000;

/** As `source.split("\n").length`, without a list of a million texts. */
export function lineCount(source: string): number {
  let lines = 1;
  for (let at = source.indexOf("\n"); at >= 0; at = source.indexOf("\n", at + 1)) lines++;
  return lines;
}

function isFunctionList(value: unknown, isLine: (line: unknown) => boolean): boolean {
  if (!Array.isArray(value)) return false;
  return value.every((row) => {
    if (!Array.isArray(row) || row.length !== 4) return false;
    const [name, ...lines] = row;
    return typeof name === "string" && lines.every((line) => isNatural(line) && line > 0 && isLine(line));
  });
}
