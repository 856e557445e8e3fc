/** Counters of one source text by V8 and by probes: both are Istanbul's, and add up place by place. */
import type { Count } from "../counters.ts";
import { addCounts, type Joined, type JoinedBranch, type JoinedFunction } from "./joined-counters.ts";

export function joinCollectors(v8: Joined, probes: Joined): Joined {
  return {
    statements: joined(v8.statements, probes.statements, ({ at }) => at.join()),
    functions: joinFunctions(v8.functions, probes.functions),
    branches: joinBranches(v8.branches, probes.branches),
  };
}

function joined<T extends { count: Count }>(
  v8: readonly T[],
  probes: readonly T[],
  keyOf: (one: T) => string,
): T[] {
  const byKey = new Map(v8.map((one) => [keyOf(one), one]));
  for (const one of probes) {
    const key = keyOf(one);
    const known = byKey.get(key);
    byKey.set(key, known === undefined ? one : { ...known, count: addCounts(known.count, one.count) });
  }
  return [...byKey.values()];
}

/**
 * Istanbul says of `key: function () {}` that it begins at `function`, V8's tools that it does at `key`: what is
 * declared at another place is known by its body, where only one function has it.
 */
function joinFunctions(v8: readonly JoinedFunction[], probes: readonly JoinedFunction[]): JoinedFunction[] {
  const placeOf = ({ declaration }: JoinedFunction) => declaration.join();
  const shared = new Set(probes.map(placeOf));
  const byBody = new Map<string, JoinedFunction | undefined>();
  for (const one of v8) {
    if (shared.has(placeOf(one))) continue;
    const body = one.at.join();
    byBody.set(body, byBody.has(body) ? undefined : one);
  }
  const known = new Set(v8.map(placeOf));
  const placed = probes.map((one) => {
    const same = known.has(placeOf(one)) ? undefined : byBody.get(one.at.join());
    return same === undefined ? one : { ...one, declaration: same.declaration };
  });
  return joined(v8, placed, placeOf);
}

function joinBranches(v8: readonly JoinedBranch[], probes: readonly JoinedBranch[]): JoinedBranch[] {
  const byArms = new Map(v8.map((one) => [one.arms.join("|"), one]));
  for (const one of probes) {
    const key = one.arms.join("|");
    const known = byArms.get(key);
    const counts = known?.counts.map((count, arm) => addCounts(count, one.counts[arm] as Count));
    byArms.set(key, known === undefined || counts === undefined ? one : { ...known, counts });
  }
  return [...byArms.values()];
}
