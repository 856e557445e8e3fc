/** Judges a plan that came from a bucket, in one pass over its numbers: whoever may write there may have made it. */
import { branchTypes, type ProbePlan, probePlanFormat } from "./probe-plan.ts";

/** V8's own limit of a string's length; no text is longer. */
const maxLength = 2 ** 29;
/** The prober never adds up more; without a limit a small plan could ask for endless additions. */
const maxSumLength = 16;
const maxNameLength = 10_000;

/** What is wrong with a plan, or undefined. */
export function probePlanProblem(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return "the plan is not an object";
  const plan = value as Record<keyof ProbePlan, unknown>;
  if (plan.format !== probePlanFormat)
    return `its format is ${JSON.stringify(plan.format)}, not ${probePlanFormat}`;
  if (!isNatural(plan.prober)) return "prober is not a number";
  if (typeof plan.sha256 !== "string" || !/^[0-9a-f]{64}$/.test(plan.sha256)) return "sha256 is not one";
  if (!isNatural(plan.length) || plan.length > maxLength) return "length is not a text's";
  // Each probe takes more characters than one of the original.
  if (!isNatural(plan.probes) || plan.probes > plan.length + 1)
    return "probes is more than the text has places for";
  const references = sumsProblem(plan.sums, plan.probes);
  if (typeof references === "string") return references;
  const limits = { length: plan.length, references: plan.probes + references };
  return (
    namesProblem(plan.names) ??
    listProblem("statements", plan.statements, 3) ??
    statementsProblem(plan.statements as number[], limits) ??
    listProblem("functions", plan.functions, 6) ??
    functionsProblem(plan.functions as number[], (plan.names as string[]).length, limits) ??
    listProblem("branches", plan.branches, 1) ??
    branchesProblem(plan.branches as number[], limits) ??
    deferredProblem(plan.deferred, plan.length) ??
    ignoredProblem(plan as unknown as ProbePlan)
  );
}

interface Limits {
  length: number;
  references: number;
}

/** How many sums there are, or what is wrong with them. */
function sumsProblem(sums: unknown, probes: number): number | string {
  if (!Array.isArray(sums)) return "sums is not an array";
  for (const [index, sum] of sums.entries()) {
    if (!Array.isArray(sum) || sum.length > maxSumLength) return `sums[${index}] is not a short array`;
    if (!sum.every((probe) => isNatural(probe) && probe < probes)) return `sums[${index}] names no probe`;
  }
  return sums.length;
}

function namesProblem(names: unknown): string | undefined {
  if (!Array.isArray(names)) return "names is not an array";
  const wrong = names.findIndex((name) => typeof name !== "string" || name.length > maxNameLength);
  return wrong < 0 ? undefined : `names[${wrong}] is not a name`;
}

function listProblem(name: string, list: unknown, size: number): string | undefined {
  if (!Array.isArray(list) || list.length % size !== 0) return `${name} is not a list of ${size}s`;
  const wrong = list.findIndex((value) => !Number.isSafeInteger(value));
  return wrong < 0 ? undefined : `${name}[${wrong}] is not an integer`;
}

function statementsProblem(list: readonly number[], { length, references }: Limits): string | undefined {
  let start = 0;
  let reference = 0;
  for (let at = 0; at < list.length; at += 3) {
    start += list[at] as number;
    reference += list[at + 2] as number;
    if (!isSpan(start, list[at + 1] as number, length)) return `statements[${at}] lies outside of the text`;
    if (!isWithin(reference, references)) return `statements[${at}] refers to no sum`;
  }
  return undefined;
}

function functionsProblem(list: readonly number[], names: number, limits: Limits): string | undefined {
  const { length, references } = limits;
  let start = 0;
  let reference = 0;
  for (let at = 0; at < list.length; at += 6) {
    start += list[at] as number;
    reference += list[at + 5] as number;
    const isInside =
      isSpan(start, list[at + 1] as number, length) &&
      isSpan(start + (list[at + 2] as number), list[at + 3] as number, length);
    if (!isInside) return `functions[${at}] lies outside of the text`;
    if (!isWithin(list[at + 4] as number, names)) return `functions[${at}] has no name of names`;
    if (!isWithin(reference, references)) return `functions[${at}] refers to no sum`;
  }
  return undefined;
}

function branchesProblem(list: readonly number[], { length, references }: Limits): string | undefined {
  let start = 0;
  let reference = 0;
  for (let at = 0; at < list.length; ) {
    const first = at;
    start += list[at + 1] as number;
    const arms = list[at + 3] as number;
    at += 4;
    if (!isWithin(list[first] as number, branchTypes.length - 1)) return `branches[${first}] has no type`;
    if (!isSpan(start, list[first + 2] as number, length))
      return `branches[${first}] lies outside of the text`;
    if (!(arms >= 0 && at + arms * 3 <= list.length)) return `branches[${first}] has arms missing`;
    for (const end = at + arms * 3; at < end; at += 3) {
      const armLength = list[at + 1] as number;
      reference += list[at + 2] as number;
      const isInside = armLength === -1 || isSpan(start + (list[at] as number), armLength, length);
      if (!isInside) return `branches[${at}] lies outside of the text`;
      if (!isWithin(reference, references)) return `branches[${at}] refers to no sum`;
    }
  }
  return undefined;
}

function deferredProblem(list: unknown, length: number): string | undefined {
  if (list === undefined) return undefined;
  if (!Array.isArray(list) || list.length % 2 !== 0 || !list.every(isNatural))
    return "deferred is not a list of stretches";
  const end = list.reduce((sum, number) => sum + number, 0);
  return end > length ? "deferred lies outside of the text" : undefined;
}

function ignoredProblem({ ignored }: ProbePlan): string | undefined {
  if (ignored === undefined) return undefined;
  if (typeof ignored !== "object" || ignored === null) return "ignored is not an object";
  for (const name of ["statements", "functions", "branches", "arms"] as const) {
    const list: unknown = ignored[name];
    if (!Array.isArray(list) || !list.every(isNatural)) return `ignored.${name} is not a list of positions`;
  }
  return undefined;
}

function isNatural(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isWithin(value: number, most: number): boolean {
  return value >= 0 && value <= most;
}

function isSpan(start: number, length: number, textLength: number): boolean {
  return start >= 0 && length >= 0 && start + length <= textLength;
}
