/** Which offsets of a script any of the files saw run: the innermost range wins, no arithmetic of combine's. */
import type { CoverageFile } from "../../src/contract/coverage-file.ts";
import { forEachRange } from "../../src/contract/ranges.ts";

export function coveredOffsets(files: readonly CoverageFile[], path: string): string {
  const covered = new Map<number, boolean>();
  for (const file of files) {
    for (const script of file.scripts) {
      if (script.kind !== "v8" || script.path !== path) continue;
      const counts: number[] = [];
      forEachRange(script.ranges, (start, end, count) => fill(counts, start, end, count));
      counts.forEach((count, offset) => {
        if (count !== 0) covered.set(offset, true);
      });
    }
  }
  return [...covered.keys()].sort((a, b) => a - b).join(",");
}

function fill(counts: number[], start: number, end: number, count: number): void {
  for (let offset = start; offset < end; offset++) counts[offset] = count;
}

/** Lines and arcs that any of the files saw run. */
export function coveredLines(files: readonly CoverageFile[], path: string): string {
  const covered = new Set<string>();
  for (const { scripts } of files) {
    for (const script of scripts) {
      if (script.kind !== "python" || script.path !== path) continue;
      for (const line of script.lines) covered.add(`${line}`);
      for (let at = 0; at < script.arcs.length; at += 2)
        covered.add(`${script.arcs[at]}>${script.arcs[at + 1]}`);
    }
  }
  return [...covered].sort().join(",");
}
