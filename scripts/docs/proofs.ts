import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Titles of tests: what follows `test(`, `describe(`, and the second pair of parentheses of `test.each(…)(…)`;
 * of Python, the functions.
 */
const titled =
  /(?:\b(?:test|describe|it)(?:\.\w+)*\(|\)\()\s*(["'`])((?:\\.|(?!\1).)*)\1|^\s*(def test_\w+)/gm;

/** What a proof cell names: a test file with a part of a title, a bench result, a page. */
const named = /`([\w./-]+\.(?:test\.ts|test\.py|py|json|ts|sh|md))`(?: › ([^;|`]+?)(?=;|$|\s*<br>))?/g;

/** What is wrong with a proof cell, one line for each thing; empty where it names something and all is there. */
export function proofProblems(root: string, cell: string): string[] {
  const problems: string[] = [];
  let count = 0;
  for (const match of cell.matchAll(named)) {
    count++;
    const [, path = "", title] = match;
    const full = join(root, path);
    if (!existsSync(full)) problems.push(`the proof ${path} is gone`);
    else if (!/\.test\.ts$|\/test_\w+\.py$/.test(path)) continue;
    else if (title === undefined) problems.push(`${path} has many tests: name the one that proves it`);
    else if (!titlesIn(readFileSync(full, "utf8")).some((there) => there.includes(title.trim()))) {
      problems.push(`${path} has no test "${title.trim()}"`);
    }
  }
  if (count === 0) problems.push("names no proof (a test file, a bench result or a page in backticks)");
  return problems;
}

export function titlesIn(text: string): string[] {
  return [...text.matchAll(titled)].map((match) => match[2] ?? (match[3] as string));
}
