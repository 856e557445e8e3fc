/** Include and exclude globs against original source paths. */
import picomatch from "picomatch";
import { readAsCoveragePy } from "../../contract/patterns.ts";
import { defaultExcludePatterns } from "../../contract/settings.ts";

export interface PatternSettings {
  include?: readonly string[] | undefined;
  exclude?: readonly string[] | undefined;
}

/** A matcher: is this path reported? The first settings that say something hold, else the defaults. */
export function pathFilter(...settings: PatternSettings[]): (path: string) => boolean {
  const include = settings.find((entry) => entry.include !== undefined && entry.include.length > 0)?.include;
  const exclude = settings.find((entry) => entry.exclude !== undefined)?.exclude ?? defaultExcludePatterns;
  const isIncluded = include === undefined ? () => true : matcher(include);
  const isExcluded = exclude.length === 0 ? () => false : matcher(exclude);
  return (path) => isIncluded(path) && !isExcluded(path);
}

function matcher(patterns: readonly string[]): (path: string) => boolean {
  const matchers = patterns.map((pattern) => picomatch(readAsCoveragePy(pattern), { dot: true }));
  return (path) => matchers.some((matches) => matches(path));
}
