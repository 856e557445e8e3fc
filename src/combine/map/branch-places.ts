/** Where the arms of a branch are reported, by the rules of ast-v8-to-istanbul: for both collectors alike. */
import type { Locator, OriginalRange, Span } from "./locator.ts";
import type { BranchType, FlatRange } from "./probe-table.ts";
import { flatRange, noRange } from "./table-builder.ts";

export interface BranchPlaces {
  range: OriginalRange;
  /** Undefined: the map has nothing for the arm. */
  arms: (FlatRange | undefined)[];
}

/** `arms`: null is an `else` that is not written. Undefined where the branch has no place, or none of its arms. */
export function branchPlaces(
  locator: Locator,
  type: BranchType,
  branch: Span,
  arms: readonly (Span | null)[],
): BranchPlaces | undefined {
  const range = locator.range(branch);
  if (range === undefined) return undefined;
  const places = arms.map((arm) => (arm === null ? noRange : placeOf(locator, arm)));
  const first = places.findIndex((place) => place !== undefined);
  if (first < 0) return undefined;
  if (type === "if") places[first] = flatRange(range);
  return { range, arms: places };
}

function placeOf(locator: Locator, span: Span): FlatRange | undefined {
  const range = locator.range(span);
  return range === undefined ? undefined : flatRange(range);
}
