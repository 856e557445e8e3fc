/** Whole validation of a partial sum, as of a coverage file. */
import type { CoverageSum } from "../../contract/coverage-sum.ts";
import { parseInitKey } from "../../contract/object-keys.ts";
import { intervalsProblem, overlapOf, sizeOf } from "../fold/intervals.ts";
import { type Ranges, Recounted } from "../fold/recounted.ts";
import { packedProblem } from "./check-ranges.ts";
import { checkScript, invalid, isNatural, isObject, isText } from "./validate.ts";

type Fields = Record<string, unknown>;

/** Throws `UnusableFile`. */
export function checkSum(value: Fields): CoverageSum {
  if (value.sum !== 1) invalid("sum is not 1");
  if (!isNatural(value.files)) invalid("files is not a natural number");
  const inits = checkInitKeys(value.inits);
  for (const environment of list(value.environments, "environments")) {
    checkEnvironment(environment);
    checkWindow(environment, inits);
  }
  for (const entry of list(value.functions, "functions")) checkFunction(entry);
  return value as unknown as CoverageSum;
}

function list(value: unknown, name: string): Fields[] {
  if (!Array.isArray(value) || !value.every(isObject)) invalid(`${name} is not a list of objects`);
  return value as Fields[];
}

function checkEnvironment({ id, function: name, sequences, lost }: Fields): void {
  if (!isText(id) || id === "" || !isText(name)) invalid("an environment has no id or function");
  const problem = intervalsProblem(sequences);
  if (problem !== undefined) invalid(`the sequences of environment ${id} ${problem}`);
  for (const record of lost === undefined ? [] : list(lost, "lost")) {
    if (!isNatural(record.sequence) || !isText(record.reason))
      invalid("a lost record lacks sequence or reason");
  }
}

/** Returns how many there are. */
function checkInitKeys(value: unknown): number {
  if (value === undefined) return 0;
  const isKey = (key: unknown) => typeof key === "string" && parseInitKey(key) !== undefined;
  if (!Array.isArray(value) || !value.every(isKey)) invalid("inits is not a list of keys of init files");
  return (value as string[]).length;
}

/** What a window of the environment can say, see `EnvironmentSum`. */
function checkWindow({ id, sequences, exact, inits }: Fields, initKeys: number): void {
  if (exact !== undefined) {
    const problem = intervalsProblem(exact);
    if (problem !== undefined) invalid(`exact of environment ${id}: its sequences ${problem}`);
    const isHeld = overlapOf(exact as number[], sequences as number[]) === sizeOf(exact as number[]);
    if (!isHeld) invalid(`exact of environment ${id} holds sequences that the environment does not`);
  }
  if (inits === undefined) return;
  if (!Array.isArray(inits) || inits.length % 2 !== 0 || !inits.every(isNatural)) {
    invalid(`the inits of environment ${id} are not pairs of natural numbers`);
  }
  const isNamed = (inits as number[]).every((index, at) => at % 2 === 1 || index < initKeys);
  if (!isNamed) invalid(`environment ${id} names an init that the sum does not`);
}

function checkFunction(value: Fields): void {
  if (!isText(value.name) || value.name === "") invalid("a function has no name");
  for (const field of ["versions", "runtimes", "include", "exclude"]) {
    const texts = value[field];
    if (texts === undefined && (field === "include" || field === "exclude")) continue;
    if (!Array.isArray(texts) || !texts.every(isText)) invalid(`${field} is not a list of texts`);
  }
  if (!isNatural(value.files)) invalid("a function's files is not a natural number");
  for (const field of ["firstSeenMs", "lastSeenMs"]) {
    if (value[field] !== undefined && !isNatural(value[field])) invalid(`${field} is not a time`);
  }
  checkInvocations(value.invocations);
  for (const [index, script] of list(value.scripts, "scripts").entries()) checkScriptSum(script, index);
}

function checkInvocations(value: unknown): void {
  if (!isObject(value) || !isNatural(value.count) || !isObject(value.outcomes))
    invalid("invocations has no counts");
  const { outcomes } = value as { outcomes: Fields };
  for (const outcome of ["ok", "error", "timeout", "crash"]) {
    if (!isNatural(outcomes[outcome])) invalid(`invocations.outcomes.${outcome} is not a natural number`);
  }
}

function checkScriptSum(value: Fields, index: number): void {
  checkScript(value, index);
  const script = value as Fields & { kind: string };
  if (!isNatural(script.lastSeenMs)) invalid(`scripts[${index}].lastSeenMs is not a time`);
  if (script.kind !== "v8") return;
  if (!isNatural(script.snapshots)) invalid(`scripts[${index}].snapshots is not a natural number`);
  for (const field of ["ranges", "blind", "lateKnown"]) {
    const packed = script[field];
    if (packed === undefined && field !== "ranges") continue;
    const problem = packedProblem(packed) ?? stretchesProblem(packed as Ranges);
    if (problem !== undefined) invalid(`scripts[${index}].${field}: ${problem}`);
  }
  const { reasons, detached } = script;
  const known = new Set<unknown>(["late", "function-granularity"]);
  if (reasons !== undefined && !(Array.isArray(reasons) && reasons.every((reason) => known.has(reason)))) {
    invalid(`scripts[${index}].reasons is neither late nor function-granularity`);
  }
  if (detached !== undefined) checkDetached(detached, index);
  if (script.twins !== undefined) checkTwins(script.twins, index);
}

function stretchesProblem(ranges: Ranges): string | undefined {
  // Counts of 0 and below never differ: whatever is wrong is wrong with both.
  const packed = ranges instanceof Recounted ? ranges.of : ranges;
  for (let at = 0; at < packed.length; at += 3) {
    if ((packed[at + 2] as number) <= 0) return "a stretch has no hits";
    if (at > 0 && (packed[at] as number) < (packed[at - 2] as number)) return "stretches overlap";
  }
  return undefined;
}

function checkDetached(value: unknown, index: number): void {
  if (!Array.isArray(value) || value.length % 4 !== 0 || !value.every(Number.isSafeInteger)) {
    invalid(`scripts[${index}].detached is not fours of integers`);
  }
  const numbers = value as number[];
  for (let at = 0; at < numbers.length; at += 4) {
    const [start, length, count] = numbers.slice(at, at + 3) as [number, number, number];
    if (start < 0 || length <= 0 || count < 0 || start + length > 2 ** 29) {
      invalid(`scripts[${index}].detached holds a range that cannot be`);
    }
  }
}

function checkTwins(value: unknown, index: number): void {
  if (!Array.isArray(value) || value.length % 3 !== 0 || !value.every(Number.isSafeInteger)) {
    invalid(`scripts[${index}].twins is not threes of integers`);
  }
  const numbers = value as number[];
  for (let at = 0; at < numbers.length; at += 3) {
    const [start, length] = numbers.slice(at, at + 2) as [number, number];
    if (start < 0 || length <= 0 || start + length > 2 ** 29) {
      invalid(`scripts[${index}].twins holds a range that cannot be`);
    }
  }
}
