/**
 * What the files of a selection cannot show. A selection that leaves out the beginning of an environment is a window
 * of it: what ran at load lies elsewhere, and what its files do not list may have run.
 */
import type { Environments } from "./environments.ts";
import { holds, type Intervals, overlapOf, sizeOf } from "./intervals.ts";

/** Of one Lambda function. */
export interface FunctionWindow {
  /** Some file may leave out functions that ran, and what they would be known from is not here. */
  isInexact: boolean;
  /** Environments whose beginning is not here. */
  environments: number;
  /** Those of them that name no init. */
  withoutInit: number;
  /** Init key → environments that went through it before what is here. */
  needs: Map<string, number>;
}

export function functionWindows(environments: Environments): Map<string, FunctionWindow> {
  const windows = new Map<string, FunctionWindow>();
  for (const [, { functionName, held, exact, lost, inits }] of environments.entries()) {
    // What an environment of which nothing arrived ran is lost, and said to be.
    if (sizeOf(held) === (lost?.size ?? 0)) continue;
    const window = windows.get(functionName) ?? emptyWindow();
    windows.set(functionName, window);
    const isHere = (sequence: number) => holds(held, sequence) && lost?.has(sequence) !== true;
    if (!window.isInexact) window.isInexact = isInexact({ held, exact, lost });
    let namesFirst = false;
    const needed = new Set<number>();
    for (let at = 0; inits !== undefined && at < inits.length; at += 2) {
      if (inits[at + 1] === 0) namesFirst = true;
      if (!isHere(inits[at + 1] as number)) needed.add(inits[at] as number);
    }
    const isWithoutInit = !namesFirst && !isHere(0);
    if (isWithoutInit) window.withoutInit++;
    if (isWithoutInit || needed.size > 0) window.environments++;
    for (const index of needed) {
      const key = environments.inits.keys[index] as string;
      window.needs.set(key, (window.needs.get(key) ?? 0) + 1);
    }
  }
  return windows;
}

function emptyWindow(): FunctionWindow {
  return { isInexact: false, environments: 0, withoutInit: 0, needs: new Map() };
}

interface Held {
  held: Intervals;
  exact: Intervals | undefined;
  lost: ReadonlyMap<number, string> | undefined;
}

/** Some file that is not exact lies behind a gap. */
function isInexact({ held, exact = [], lost }: Held): boolean {
  let firstGap = held[0] === 0 ? (held[1] as number) + 1 : 0;
  for (const sequence of lost?.keys() ?? []) firstGap = Math.min(firstGap, sequence);
  const behind: Intervals = [firstGap, Number.MAX_SAFE_INTEGER];
  const filesBehind = overlapOf(held, behind);
  if (filesBehind === 0) return false;
  let known = overlapOf(exact, behind);
  for (const sequence of lost?.keys() ?? []) if (!holds(exact, sequence)) known++;
  return filesBehind > known;
}
