/** Whole validation of a coverage file before anything of it is counted. */
import { type CoverageFile, coverageFormat, type ScriptCoverage } from "../../contract/coverage-file.ts";
import { parseInitKey, parsePlanKey, parseScriptKey } from "../../contract/object-keys.ts";
import type { Counts } from "../fold/recounted.ts";
import type { SkipReason } from "../result.ts";
import { countsProblem, endOfCounts } from "./check-counts.ts";
import { packedProblem } from "./check-ranges.ts";

/** Why a coverage file cannot be used. */
export class UnusableFile extends Error {
  readonly reason: SkipReason;
  constructor(reason: SkipReason, detail: string) {
    super(detail);
    this.name = "UnusableFile";
    this.reason = reason;
  }
}

type Fields = Record<string, unknown>;

const outcomes = new Set(["ok", "error", "timeout", "crash"]);
const maxText = 4096;

/** The value as a coverage file. Throws `UnusableFile`. */
export function checkCoverageFile(value: unknown): CoverageFile {
  const file = checkFormat(value);
  checkIdentity(file.function);
  checkEnvironment(file.environment);
  if (!Array.isArray(file.invocations)) invalid("invocations is not an array");
  for (const invocation of file.invocations as unknown[]) checkInvocation(invocation);
  checkCollection(file);
  checkWindow(file);
  if (!Array.isArray(file.scripts)) invalid("scripts is not an array");
  const scripts = file.scripts as unknown[];
  if (file.lost !== undefined) {
    if (!isObject(file.lost) || !isText(file.lost.reason)) invalid("lost has no reason");
    if (scripts.length > 0) invalid("a lost record holds scripts");
  }
  for (const [index, script] of scripts.entries()) checkScript(script, index);
  return file as unknown as CoverageFile;
}

/** An object of our format. Throws `UnusableFile`. */
export function checkFormat(value: unknown): Fields {
  if (!isObject(value)) throw new UnusableFile("foreign", "not a JSON object");
  if (value.format === coverageFormat) return value;
  const format = typeof value.format === "string" ? JSON.stringify(value.format.slice(0, 80)) : "none";
  throw new UnusableFile("foreign", `its format is ${format}, not ${JSON.stringify(coverageFormat)}`);
}

export function checkIdentity(value: unknown): void {
  if (!isObject(value)) invalid("function is not an object");
  const identity = value as Fields;
  for (const field of ["name", "version", "region", "runtime"]) {
    if (!isText(identity[field])) invalid(`function.${field} is not a text`);
  }
  if (identity.name === "") invalid("function.name is empty");
}

function checkEnvironment(value: unknown): void {
  if (!isObject(value) || !isText(value.id) || value.id === "") invalid("environment.id is not a text");
  if (!isNatural((value as Fields).sequence)) invalid("environment.sequence is not a natural number");
}

function checkInvocation(value: unknown): void {
  if (!isObject(value)) invalid("an invocation is not an object");
  const { requestId, startedAt, durationMs, outcome } = value as Fields;
  if (!isText(requestId)) invalid("an invocation's requestId is not a text");
  if (!isText(startedAt) || Number.isNaN(Date.parse(startedAt as string))) {
    invalid("an invocation's startedAt is not a time");
  }
  if (!Number.isFinite(durationMs) || (durationMs as number) < 0) {
    invalid("an invocation's durationMs is not a duration");
  }
  const { busyMs } = value as Fields;
  if (busyMs !== undefined && !(Number.isFinite(busyMs) && (busyMs as number) >= 0)) {
    invalid("an invocation's busyMs is not a duration");
  }
  if (!outcomes.has(outcome as string))
    invalid("an invocation's outcome is none of ok, error, timeout, crash");
}

function checkCollection(file: Fields): void {
  if (file.granularity !== "block" && file.granularity !== "function") {
    invalid("granularity is neither block nor function");
  }
  if (!isCollectedFrom(file.collectedFrom)) invalid("collectedFrom is neither start nor late");
  for (const field of ["include", "exclude"]) {
    const patterns = file[field];
    if (patterns !== undefined && !(Array.isArray(patterns) && patterns.every(isText))) {
      invalid(`${field} is not a list of texts`);
    }
  }
}

/** What the file says of the window that it is. */
function checkWindow({ exact, inits }: Fields): void {
  if (exact !== undefined && exact !== true) invalid("exact is not true");
  if (inits === undefined) return;
  const isReference = (value: unknown) =>
    isObject(value) &&
    typeof value.init === "string" &&
    parseInitKey(value.init) !== undefined &&
    isNatural(value.sequence);
  if (!Array.isArray(inits) || !inits.every(isReference)) {
    invalid("inits is not a list of init keys and sequences");
  }
}

/** One entry of `scripts`. Throws `UnusableFile`. */
export function checkScript(value: unknown, index: number): asserts value is ScriptCoverage {
  if (!isObject(value)) invalid(`scripts[${index}] is not an object`);
  const script = value as Fields;
  if (!isText(script.path) || script.path === "") invalid(`scripts[${index}].path is not a text`);
  if (script.script !== null) {
    if (typeof script.script !== "string" || parseScriptKey(script.script) === undefined) {
      invalid(`scripts[${index}].script is not the key of a script file`);
    }
  }
  if (script.unmapped !== undefined && !isText(script.unmapped)) {
    invalid(`scripts[${index}].unmapped is not a text`);
  }
  if (script.collectedFrom !== undefined && !isCollectedFrom(script.collectedFrom)) {
    invalid(`scripts[${index}].collectedFrom is neither start nor late`);
  }
  if (script.kind === "v8") {
    const problem = packedProblem(script.ranges);
    if (problem !== undefined) invalid(`scripts[${index}]: ${problem}`);
  } else if (script.kind === "probes") checkProbes(script, index);
  else if (script.kind === "python") checkPython(script, index);
  else invalid(`scripts[${index}].kind is none of v8, probes and python`);
}

function checkProbes({ plan, counts }: Fields, index: number): void {
  if (plan !== null && (typeof plan !== "string" || parsePlanKey(plan) === undefined)) {
    invalid(`scripts[${index}].plan is not the key of a plan`);
  }
  const problem = countsProblem(counts);
  if (problem !== undefined) invalid(`scripts[${index}].counts ${problem}`);
  if (plan === null && endOfCounts(counts as Counts) > 0) invalid(`scripts[${index}].counts has no plan`);
}

/** coverage.py's line numbers; sums of them stay exact integers. */
const maxLine = 2 ** 25;

function checkPython(script: Fields, index: number): void {
  const { lines, arcs } = script;
  if (!Array.isArray(lines) || !lines.every((line) => isNatural(line) && line <= maxLine)) {
    invalid(`scripts[${index}].lines is not a list of line numbers`);
  }
  const isLine = (line: unknown) => Number.isSafeInteger(line) && Math.abs(line as number) <= maxLine;
  if (!Array.isArray(arcs) || arcs.length % 2 !== 0 || !arcs.every(isLine)) {
    invalid(`scripts[${index}].arcs is not a list of pairs of line numbers`);
  }
}

export function invalid(detail: string): never {
  throw new UnusableFile("invalid", detail);
}

export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isText(value: unknown): value is string {
  return typeof value === "string" && value.length <= maxText;
}

export function isNatural(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

export function isCollectedFrom(value: unknown): boolean {
  return value === "start" || value === "late";
}
