/**
 * A probe: how a counter is read from a script's counts. A sum of point queries; `offset` adds the count
 * there, `~offset` takes it away. No terms: 0. Where V8's counters only bound a count, the sum is followed by those
 * that it can be no more than, each after `atMost`, and after `witness` by one that it is no less than.
 */
export type Probe = readonly number[];

/** No offset reaches as far: V8's longest source has less than 2 ** 29 characters, and twins take as many again. */
export const witness = -(2 ** 31);
export const atMost = witness + 1;

/** What is never reached. */
export const never: Probe = [];

/** Longer sums add up more noise than they repair. */
const maxTerms = 12;

/** `base + added - removed`, equal terms cancelled; `base` alone where that gets too long. */
export function combineTerms(base: Probe, added: Probe, removed: Probe = never): Probe {
  return sumOf(base, added, removed) ?? base;
}

/** The same; undefined where that gets too long. */
export function sumOf(base: Probe, added: Probe, removed: Probe = never): Probe | undefined {
  if (isDoubtful(base) || isDoubtful(added)) {
    const sum = sumOf(shownOf(base), shownOf(added), shownOf(removed));
    return sum && ifAny(sum, never);
  }
  const terms = [...base];
  for (const term of [...added, ...shownOf(removed).map((removedTerm) => ~removedTerm)]) {
    const opposite = terms.indexOf(~term);
    if (opposite >= 0) terms.splice(opposite, 1);
    else terms.push(term);
  }
  return terms.length > maxTerms ? undefined : terms;
}

/** `least` where that is more than 0; 0 where one of `most` is; else it is not known whether it ran. */
export function atLeast(least: Probe, most: readonly Probe[]): Probe {
  return [...least, ...most.flatMap((one) => [atMost, ...one])];
}

/** `most` where `least` is more than 0; 0 where `most` is; else it is not known whether it ran. */
export function ifAny(most: Probe, least: Probe): Probe {
  return [...most, witness, ...least];
}

export interface ProbeParts {
  shown: Probe;
  most: Probe[];
  least: Probe | undefined;
}

export function partsOf(probe: Probe): ProbeParts {
  const end = probe.indexOf(witness);
  const sums: number[][] = [[]];
  for (const term of end < 0 ? probe : probe.slice(0, end)) {
    if (term === atMost) sums.push([]);
    else sums.at(-1)?.push(term);
  }
  const [shown = never, ...most] = sums;
  return { shown, most, least: end < 0 ? undefined : probe.slice(end + 1) };
}

/** Its count may be bounded only. */
export function isDoubtful(probe: Probe): boolean {
  return probe.includes(witness);
}

/** The count as V8 has it, without the doubt. */
export function shownOf(probe: Probe): Probe {
  const end = probe.findIndex((term) => term === witness || term === atMost);
  return end < 0 ? probe : probe.slice(0, end);
}

/** A counter that was emitted twice counts what both did. */
export function joinProbes(a: Probe, b: Probe): Probe {
  const [left, right] = [partsOf(a), partsOf(b)];
  const shown = [...left.shown, ...right.shown];
  const isCertain = left.most.length + right.most.length === 0;
  const most = mostOf(left).flatMap((one) => mostOf(right).map((other) => [...one, ...other]));
  const joined = isCertain ? shown : atLeast(shown, most);
  if (left.least === undefined && right.least === undefined) return joined;
  return ifAny(joined, [...(left.least ?? left.shown), ...(right.least ?? right.shown)]);
}

function mostOf({ shown, most }: ProbeParts): readonly Probe[] {
  return most.length === 0 ? [shown] : most;
}
