/** A plan and its counts as Istanbul would have them: what the oracle compares. */
import type { FileCoverageData, Range } from "istanbul-lib-coverage";
import {
  countOf,
  type PlannedSpan,
  type ProbePlan,
  plannedBranches,
  plannedFunctions,
  plannedStatements,
} from "../../src/contract/probe-plan.ts";

/** `counts`: the file's slice. Unknown counters are left out, and what comments leave out. */
export function plannedCoverage(
  plan: ProbePlan,
  counts: ArrayLike<number>,
  { source, path }: { source: string; path: string },
): FileCoverageData {
  const rangeOf = ranges(source);
  const found: FileCoverageData = { path, statementMap: {}, fnMap: {}, branchMap: {}, s: {}, f: {}, b: {} };
  let index = 0;
  for (const statement of plannedStatements(plan)) {
    if (statement.isIgnored) continue;
    found.statementMap[index] = rangeOf(statement);
    found.s[index++] = countOf(plan, statement.reference, counts) ?? Number.NaN;
  }
  index = 0;
  for (const one of plannedFunctions(plan)) {
    if (one.isIgnored) continue;
    const loc = rangeOf(one.body);
    const name = one.name ?? `(anonymous_${index})`;
    found.fnMap[index] = { name, decl: rangeOf(one), loc, line: loc.start.line };
    found.f[index++] = countOf(plan, one.reference, counts) ?? Number.NaN;
  }
  index = 0;
  for (const branch of plannedBranches(plan)) {
    const arms = branch.arms.filter((arm) => !arm.isIgnored);
    if (branch.isIgnored || arms.length === 0) continue;
    const loc = rangeOf(branch);
    const locations = arms.map(({ span }) => (span === undefined ? nowhere : rangeOf(span)));
    found.branchMap[index] = { type: branch.type, loc, locations, line: loc.start.line };
    found.b[index++] = arms.map(({ reference }) => countOf(plan, reference, counts) ?? Number.NaN);
  }
  return found;
}

/** Istanbul gives an `else` that is not written no place. */
const nowhere = { start: {}, end: {} } as Range;

function ranges(source: string): (span: PlannedSpan) => Range {
  const lineStarts = [0];
  for (const { index, 0: terminator } of source.matchAll(/\r\n|[\n\r\u2028\u2029]/g)) {
    lineStarts.push(index + terminator.length);
  }
  const position = (offset: number) => {
    let low = 0;
    let high = lineStarts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((lineStarts[middle] as number) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (lineStarts[low] as number) };
  };
  return ({ start, end }) => ({ start: position(start), end: position(end) });
}
