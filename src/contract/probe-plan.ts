/**
 * The plan of one probed file: which sums of its probes are which statement, function and branch of the original
 * text, as Istanbul has them and in its order. Stored as an object of its own (gzip'd JSON), so that no later version
 * needs the prober that made it. Offsets are UTF-16 code units of the original text.
 *
 * Lists are flat. `delta` is relative to the same field of the entry before (the first: absolute). A *reference* says
 * whose count it is: 0: unknown; 1 to `probes`: that probe, counted from 1; above: the entry of `sums` behind it.
 */
export const probePlanFormat = "lambda-coverage-plan/1";

export const branchTypes = ["if", "cond-expr", "binary-expr", "switch", "default-arg"] as const;

export interface ProbePlan {
  format: typeof probePlanFormat;
  /** Which prober made it: raised whenever the same text gets other probes. */
  prober: number;
  /** Lower-case hex sha256 of the original text as UTF-8. */
  sha256: string;
  /** Length of the original text. */
  length: number;
  /** Counters in the file's slice. */
  probes: number;
  /** Probes counted from 0; an empty sum is a place that control never comes to. */
  sums: number[][];
  /** Threes `[startDelta, length, referenceDelta]`. */
  statements: number[];
  /**
   * Sixes `[startDelta, length, bodyStart, bodyLength, name, referenceDelta]`: first the place of its name, or its
   * first character; `bodyStart` is relative to that start; `name` counts `names` from 1, 0 is a function without one.
   */
  functions: number[];
  names: string[];
  /**
   * `[type, startDelta, length, arms]`, then for each arm `[start, length, referenceDelta]`: `type` is an index into
   * `branchTypes`, the arm's start is relative to the branch's, and a length of -1 is an `else` that is not written.
   */
  branches: number[];
  /**
   * Code that runs when it is called and lies in none of `functions`: private methods, initialisers of instance
   * fields. Sorted disjoint stretches `[gap since the end of the one before, length, …]`; absent: none.
   */
  deferred?: number[];
  /** What comments leave out of the report, as positions in those lists. Absent: nothing. */
  ignored?: {
    statements: number[];
    functions: number[];
    /** The whole branch. */
    branches: number[];
    /** Arms, counted over all branches. */
    arms: number[];
  };
}

/** A place in the original text. */
export interface PlannedSpan {
  start: number;
  end: number;
}

export interface PlannedCounter extends PlannedSpan {
  reference: number;
  isIgnored: boolean;
}

export interface PlannedFunction extends PlannedCounter {
  /** Undefined: Istanbul calls it `(anonymous_n)`. */
  name: string | undefined;
  body: PlannedSpan;
}

export interface PlannedArm {
  /** Undefined: an `else` that is not written. */
  span: PlannedSpan | undefined;
  reference: number;
  isIgnored: boolean;
}

export interface PlannedBranch extends PlannedSpan {
  type: (typeof branchTypes)[number];
  arms: PlannedArm[];
  isIgnored: boolean;
}

export function* plannedStatements(plan: ProbePlan): Generator<PlannedCounter> {
  const { statements } = plan;
  const ignored = new Set(plan.ignored?.statements);
  let start = 0;
  let reference = 0;
  for (let at = 0; at < statements.length; at += 3) {
    start += statements[at] as number;
    reference += statements[at + 2] as number;
    yield { start, end: start + (statements[at + 1] as number), reference, isIgnored: ignored.has(at / 3) };
  }
}

export function* plannedFunctions(plan: ProbePlan): Generator<PlannedFunction> {
  const { functions, names } = plan;
  const ignored = new Set(plan.ignored?.functions);
  let start = 0;
  let reference = 0;
  for (let at = 0; at < functions.length; at += 6) {
    const [startDelta, length, bodyOffset, bodyLength, name, referenceDelta] = functions.slice(
      at,
      at + 6,
    ) as Six;
    start += startDelta;
    reference += referenceDelta;
    const bodyStart = start + bodyOffset;
    yield {
      start,
      end: start + length,
      name: name === 0 ? undefined : names[name - 1],
      body: { start: bodyStart, end: bodyStart + bodyLength },
      reference,
      isIgnored: ignored.has(at / 6),
    };
  }
}

type Six = [number, number, number, number, number, number];

export function* plannedBranches(plan: ProbePlan): Generator<PlannedBranch> {
  const { branches } = plan;
  const ignored = new Set(plan.ignored?.branches);
  const ignoredArms = new Set(plan.ignored?.arms);
  let start = 0;
  let reference = 0;
  let arm = 0;
  for (let at = 0, index = 0; at < branches.length; index++) {
    const [type, startDelta, length, armCount] = branches.slice(at, at + 4) as [
      number,
      number,
      number,
      number,
    ];
    at += 4;
    start += startDelta;
    const arms: PlannedArm[] = [];
    for (const end = at + armCount * 3; at < end; at += 3, arm++) {
      const armStart = start + (branches[at] as number);
      const armLength = branches[at + 1] as number;
      reference += branches[at + 2] as number;
      const span = armLength < 0 ? undefined : { start: armStart, end: armStart + armLength };
      arms.push({ span, reference, isIgnored: ignoredArms.has(arm) });
    }
    const typeName = branchTypes[type] as (typeof branchTypes)[number];
    yield { type: typeName, start, end: start + length, arms, isIgnored: ignored.has(index) };
  }
}

/** How often, or undefined where it is unknown. `counts`: the file's slice, or sums of slices. */
export function countOf(plan: ProbePlan, reference: number, counts: ArrayLike<number>): number | undefined {
  if (reference === 0) return undefined;
  if (reference <= plan.probes) return counts[reference - 1];
  const sum = plan.sums[reference - plan.probes - 1] as number[];
  return sum.reduce((total, probe) => total + (counts[probe] as number), 0);
}
