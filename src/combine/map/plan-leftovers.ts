/**
 * What a bundler wrote into a script is no code of the user's: its helpers in front, and what esbuild writes for a
 * module's exports (see esbuild-exports.ts). Here it is known by the script's text and the places of its counters,
 * without a syntax tree: the same code is left out whichever collector counted it.
 */
import type { Intervals } from "../fold/intervals.ts";
import { addInterval, holds } from "../fold/intervals.ts";
import type { Span } from "./locator.ts";

const name = String.raw`[\p{ID_Continue}$]+`;
const key = String.raw`(?:${name}|"[^"\n]*")`;
const exportHelper = new RegExp(
  String.raw`(${name})\s*=\s*\(\s*(${name})\s*,\s*(${name})\s*\)\s*=>\s*\{\s*for\s*\(\s*(?:var|let|const)\s+(${name})\s+in\s+\3\s*\)\s*\{?\s*` +
    String.raw`[\p{ID_Continue}$.]+\(\s*\2\s*,\s*\4\s*,\s*\{\s*get:\s*\3\[\4\]`,
  "gu",
);
const commonJsHelper = new RegExp(
  String.raw`(${name})\s*=\s*\(?\s*(${name})\s*\)?\s*=>\s*${name}\(\s*${name}\(\s*\{\s*\}\s*,\s*"__esModule"\s*,[^)]*\)\s*,\s*\2\s*\)`,
  "gu",
);
const exportCall = new RegExp(
  String.raw`^(${name})\(\s*(${name})\s*,\s*\{(?:\s*${key}\s*:\s*\(\)\s*=>\s*[\p{ID_Continue}$.]+(?:\[[^\]\n]*\])?\s*,?)*\s*\}\s*\);?$`,
  "u",
);
const forIn = /\bfor\s*\(\s*(?:var|let|const)\s+\S+\s+in\b/g;
/** Helpers are shorter. */
const aroundSign = 300;
const moduleExports = new RegExp(String.raw`^module\.exports\s*=\s*(${name})\(`, "u");
const neverExports = /^0\s*&&\s*\(\s*module\.exports\s*=/;
const between = /^;?(?:\s|\/\/[^\n]*\n|\/\*[\s\S]*?\*\/)*$/;

/** Sorted as they begin. `firstMapped`: what ends before lies in no source. */
export interface PlannedPlaces {
  statements: readonly Span[];
  /** Functions, with all that is in them. */
  functions: readonly Span[];
}

/** The stretches whose counters are left out. */
export function leftoversOf(source: string, firstMapped: number, places: PlannedPlaces): Intervals {
  const found: number[] = [];
  const front = endOfFront(firstMapped, places);
  if (front > 0) addInterval(found, 0, front - 1);
  for (const { start, end } of exportStatements(source, places)) addInterval(found, start, end - 1);
  return found;
}

/** Statements of the top level that end before the first mapped character: none that holds it is cut. */
function endOfFront(firstMapped: number, { statements, functions }: PlannedPlaces): number {
  let front = firstMapped;
  for (const list of [statements, functions]) {
    for (const { start, end } of list) {
      if (start >= front) break;
      if (end > firstMapped) front = start;
    }
  }
  return front;
}

function exportStatements(source: string, { statements, functions }: PlannedPlaces): Span[] {
  const exportHelpers = namesIn(source, forIn, exportHelper);
  const commonJsHelpers = namesIn(source, /__esModule/g, commonJsHelper);
  const deferred: number[] = [];
  for (const { start, end } of functions) addInterval(deferred, start, end - 1);
  return statements.flatMap((statement, index) => {
    if (holds(deferred, statement.start)) return [];
    const text = source.slice(statement.start, statement.end);
    if (neverExports.test(text) || commonJsHelpers.has(moduleExports.exec(text)?.[1] ?? ""))
      return [statement];
    const call = exportHelpers.size === 0 ? null : exportCall.exec(text);
    if (call === null || !exportHelpers.has(call[1] as string)) return [];
    const before = statements[index - 1];
    const isItsObject =
      before !== undefined && declaresObject(source, before, call[2] as string, statement.start);
    return isItsObject ? [before, statement] : [statement];
  });
}

/** `{}` of `var index_exports = {};` right before the call that fills it. */
function declaresObject(source: string, { start, end }: Span, object: string, next: number): boolean {
  if (!/^\{\s*\}$/.test(source.slice(start, end)) || !between.test(source.slice(end, next))) return false;
  const declared = /(?:var|let|const)\s+([^\s=]+)\s*=\s*$/.exec(
    source.slice(Math.max(0, start - 1000), start),
  );
  return declared?.[1] === object;
}

/** `sign`: stands in each; looking at what is around it only takes a thousandth of the time. */
function namesIn(source: string, sign: RegExp, helper: RegExp): Set<string> {
  const names = new Set<string>();
  for (const { index } of source.matchAll(sign)) {
    const around = source.slice(Math.max(0, index - aroundSign), index + aroundSign);
    for (const match of around.matchAll(helper)) names.add(match[1] as string);
  }
  return names;
}
