import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

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
    else if (title !== undefined && !readFileSync(full, "utf8").includes(title.trim())) {
      problems.push(`${path} has no test "${title.trim()}"`);
    }
  }
  if (count === 0) problems.push("names no proof (a test file, a bench result or a page in backticks)");
  return problems;
}
