/** From the counters that were found to the plan. */
import { createHash } from "node:crypto";
import { branchTypes, type ProbePlan, probePlanFormat } from "../contract/probe-plan.ts";
import {
  type BranchCounter,
  type Count,
  type Counters,
  type FunctionCounter,
  type Span,
  unknownCount,
} from "./counters.ts";

/** Raise it whenever the same text gets other probes. */
export const proberVersion = 1;

export function packPlan(source: string, probes: number, counters: Counters): ProbePlan {
  const { statements, functions, branches } = counters.inOrder();
  const references = new References(probes);
  const names = new Map<string, number>();
  const ignored = ignoredOnes(counters);
  return {
    format: probePlanFormat,
    prober: proberVersion,
    sha256: createHash("sha256").update(source, "utf8").digest("hex"),
    length: source.length,
    probes,
    statements: packStatements(statements, references),
    functions: packFunctions(functions, references, names),
    names: [...names.keys()],
    branches: packBranches(branches, references),
    sums: references.sums,
    ...(counters.deferred.length === 0 ? {} : { deferred: packDeferred(counters.deferred) }),
    ...(ignored === undefined ? {} : { ignored }),
  };
}

class References {
  readonly sums: number[][] = [];
  readonly #bySum = new Map<string, number>();
  readonly #probes: number;

  constructor(probes: number) {
    this.#probes = probes;
  }

  of(count: Count): number {
    if (count === unknownCount) return 0;
    if (count.length === 1) return (count[0] as number) + 1;
    const key = count.join();
    let reference = this.#bySum.get(key);
    if (reference === undefined) {
      this.sums.push([...count]);
      reference = this.#probes + this.sums.length;
      this.#bySum.set(key, reference);
    }
    return reference;
  }
}

/** Each number relative to the one before. */
function differences(): (value: number) => number {
  let before = 0;
  return (value) => {
    const difference = value - before;
    before = value;
    return difference;
  };
}

function packStatements(statements: Counters["statements"], references: References): number[] {
  const startDelta = differences();
  const referenceDelta = differences();
  return statements.flatMap(({ start, end, count }) => [
    startDelta(start),
    end - start,
    referenceDelta(references.of(count)),
  ]);
}

function packFunctions(
  functions: readonly FunctionCounter[],
  references: References,
  names: Map<string, number>,
): number[] {
  const startDelta = differences();
  const referenceDelta = differences();
  return functions.flatMap(({ start, end, body, name, count }) => {
    if (name !== undefined && !names.has(name)) names.set(name, names.size + 1);
    return [
      startDelta(start),
      end - start,
      body.start - start,
      body.end - body.start,
      name === undefined ? 0 : (names.get(name) as number),
      referenceDelta(references.of(count)),
    ];
  });
}

function packBranches(branches: readonly BranchCounter[], references: References): number[] {
  const startDelta = differences();
  const referenceDelta = differences();
  return branches.flatMap(({ type, start, end, arms }) => [
    branchTypes.indexOf(type),
    startDelta(start),
    end - start,
    arms.length,
    ...arms.flatMap(({ span, count }) => [
      span === undefined ? 0 : span.start - start,
      span === undefined ? -1 : span.end - span.start,
      referenceDelta(references.of(count)),
    ]),
  ]);
}

/** Of those that lie in another one, only the outer one. */
function packDeferred(spans: readonly Span[]): number[] {
  const packed: number[] = [];
  let furthest = 0;
  for (const { start, end } of [...spans].sort((a, b) => a.start - b.start || b.end - a.end)) {
    if (start < furthest) continue;
    packed.push(start - furthest, end - start);
    furthest = end;
  }
  return packed;
}

function ignoredOnes({ statements, functions, branches }: Counters): ProbePlan["ignored"] {
  const ignored = {
    statements: positions(statements),
    functions: positions(functions),
    branches: positions(branches),
    arms: positions(branches.flatMap(({ arms }) => arms)),
  };
  return Object.values(ignored).some((list) => list.length > 0) ? ignored : undefined;
}

function positions(counters: readonly { ignored: boolean }[]): number[] {
  return counters.flatMap(({ ignored }, index) => (ignored ? [index] : []));
}
