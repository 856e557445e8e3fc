/** Init files: loaded, checked against the hash in their key, and wholly before anything of them is counted. */
import { createHash } from "node:crypto";
import { type InitFile, initFormat } from "../../contract/init-file.ts";
import { parseInitKey, parsePlanKey, parseScriptKey } from "../../contract/object-keys.ts";
import type { CoverageStore } from "../../store/store.ts";
import { maxOffset } from "./check-ranges.ts";
import { parseUnpacked, readBytes } from "./read-object.ts";
import { unpackAlone } from "./unpack.ts";
import { invalid, isCollectedFrom, isNatural, isObject, isText, UnusableFile } from "./validate.ts";

type Fields = Record<string, unknown>;

export interface InitSource {
  store: CoverageStore;
  /** Of one file, packed or unpacked. */
  maxBytes: number;
  signal?: AbortSignal | undefined;
  onBytes: (bytes: number) => void;
}

/** Rejects with `UnusableFile`. */
export async function readInitFile(from: InitSource, key: string): Promise<InitFile> {
  const bytes = await readBytes(from.store, key, from.signal);
  from.onBytes(bytes.length);
  const unpacked = unpackAlone(bytes, from.maxBytes);
  // Inits come from a bucket that others write to: the name is the proof.
  const actual = createHash("sha256").update(unpacked).digest("hex");
  if (actual !== parseInitKey(key)) invalid(`its JSON has the sha256 ${actual}, not that of its key`);
  return checkInitFile(parseUnpacked(unpacked, (json) => JSON.parse(json.toString("utf8"))));
}

function checkInitFile(value: unknown): InitFile {
  if (!isObject(value) || value.format !== initFormat) {
    throw new UnusableFile("foreign", `not of the format ${initFormat}`);
  }
  if (value.extent !== "load" && value.extent !== "first-file") {
    invalid("extent is neither load nor first-file");
  }
  if (value.granularity !== "block" && value.granularity !== "function") {
    invalid("granularity is neither block nor function");
  }
  if (!Array.isArray(value.scripts)) invalid("scripts is not an array");
  for (const [index, script] of (value.scripts as unknown[]).entries()) checkInitScript(script, index);
  return value as unknown as InitFile;
}

function checkInitScript(value: unknown, index: number): void {
  if (!isObject(value)) invalid(`scripts[${index}] is not an object`);
  const { kind, path, script, plan, collectedFrom, covered } = value as Fields;
  if (kind !== "v8" && kind !== "probes") invalid(`scripts[${index}].kind is neither v8 nor probes`);
  if (kind === "probes" && (typeof plan !== "string" || parsePlanKey(plan) === undefined)) {
    invalid(`scripts[${index}].plan is not the key of a plan`);
  }
  if (!isText(path) || path === "") invalid(`scripts[${index}].path is not a text`);
  if (script !== null && (typeof script !== "string" || parseScriptKey(script) === undefined)) {
    invalid(`scripts[${index}].script is not the key of a script file`);
  }
  if (!isCollectedFrom(collectedFrom)) invalid(`scripts[${index}].collectedFrom is neither start nor late`);
  if (!Array.isArray(covered) || covered.length % 2 !== 0 || !covered.every(isNatural)) {
    invalid(`scripts[${index}].covered is not pairs of natural numbers`);
  }
  const end = (covered as number[]).reduce((sum, number) => sum + number, 0);
  const isEmpty = (covered as number[]).some((length, at) => at % 2 === 1 && length === 0);
  if (isEmpty || end > maxOffset) invalid(`scripts[${index}].covered holds a stretch that cannot be`);
}
