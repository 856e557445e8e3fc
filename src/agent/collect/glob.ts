import { readAsCoveragePy } from "../../contract/patterns.ts";

/**
 * The little of globs that the agent needs to skip deployed paths: `*`, `?`, `**`. A pattern with anything
 * more (braces, classes, extglobs, a leading `!`) matches nothing here; combine, with a full matcher,
 * applies all patterns to the original sources. So the agent at most collects too much.
 */
const compiled = new Map<string, RegExp | undefined>();

export function matchesGlob(path: string, pattern: string): boolean {
  let expression = compiled.get(pattern);
  if (!compiled.has(pattern)) {
    expression = compile(pattern);
    compiled.set(pattern, expression);
  }
  return expression?.test(path) ?? false;
}

function compile(pattern: string): RegExp | undefined {
  if (/[[\]{}()!+@\\|]/.test(pattern)) return undefined;
  const source = readAsCoveragePy(pattern).replace(/\*\*\/|\*\*|\*|\?|[.^$]/g, (part) => {
    if (part === "**/") return "(?:[^/]+/)*";
    if (part === "**") return ".*";
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    return `\\${part}`;
  });
  return new RegExp(`^/?${source}$`);
}
