/** Which code of the handler any of the files saw run, as V8 or the plan says it: no arithmetic of combine's. */
import type { CoverageFile, ProbesScriptCoverage } from "../../src/contract/coverage-file.ts";
import { countOf, plannedStatements } from "../../src/contract/probe-plan.ts";
import { forEachRange } from "../../src/contract/ranges.ts";
import type { Host } from "../behaviour/host.ts";

/** Offsets of the script, or of its statements where probes counted. */
export async function coveredCode(host: Host, files: readonly CoverageFile[]): Promise<string> {
  const covered = new Set<number>();
  for (const script of files.flatMap((file) => file.scripts)) {
    if (script.path !== "index.js") continue;
    if (script.kind === "probes") await addStatements(host, script, covered);
    else if (script.kind === "v8") addOffsets(script.ranges, covered);
  }
  return [...covered].sort((a, b) => a - b).join(",");
}

/** The innermost range wins. */
function addOffsets(ranges: ArrayLike<number>, covered: Set<number>): void {
  const counts: number[] = [];
  forEachRange(ranges, (start, end, count) => {
    for (let offset = start; offset < end; offset++) counts[offset] = count;
  });
  counts.forEach((count, offset) => {
    if (count !== 0) covered.add(offset);
  });
}

async function addStatements(host: Host, script: ProbesScriptCoverage, covered: Set<number>): Promise<void> {
  const { plan, counts } = await host.probeCounts(script);
  for (const { start, reference } of plannedStatements(plan)) {
    if ((countOf(plan, reference, counts) ?? 0) > 0) covered.add(start);
  }
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
