/** What became of each invocation's coverage: stored, pending under /tmp, recorded as lost, or unexplained. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { CoverageFile } from "../../src/contract/coverage-file.ts";
import { parseCoverageKey } from "../../src/contract/object-keys.ts";
import { forEachRange } from "../../src/contract/ranges.ts";
import type { Host } from "../behaviour/host.ts";

export interface Balance {
  files: number;
  stored: number;
  pending: number;
  lost: number;
  /** Request ids that no file, no fallback and no lost record names. */
  unexplained: string[];
  /** Environments with a hole between two of their files, or with one sequence stored twice. */
  broken: string[];
}

export async function balance(
  host: Host,
  functionName: string,
  requestIds: readonly string[],
): Promise<Balance> {
  const keys = (await host.keys("coverage/")).filter((key) => key.includes(`/${functionName}-`));
  const files = await Promise.all(keys.map((key) => host.object<CoverageFile>(key)));
  const stored = new Set(files.flatMap((file) => file.invocations.map(({ requestId }) => requestId)));
  const lost = keys.filter((_, index) => files[index]?.lost !== undefined).map((key) => requestIdOf(key));
  const left = await leftUnderTmp(host, functionName);
  const named = (id: string): boolean => lost.includes(id) || left.some((text) => text.includes(id));
  return {
    files: files.length,
    stored: requestIds.filter((id) => stored.has(id)).length,
    pending: requestIds.filter((id) => !stored.has(id) && left.some((text) => text.includes(id))).length,
    lost: requestIds.filter((id) => !stored.has(id) && lost.includes(id)).length,
    unexplained: requestIds.filter((id) => !stored.has(id) && !named(id)),
    broken: brokenEnvironments(files),
  };
}

function requestIdOf(key: string): string {
  return (parseCoverageKey(key)?.executionId ?? "")
    .replace(/^\d{9}-/, "")
    .replace(/-\d+$/, (n) => (n.length > 3 ? n : ""));
}

/** Names and contents of pending files and open markers of all sandboxes. */
async function leftUnderTmp(host: Host, functionName: string): Promise<string[]> {
  const texts: string[] = [];
  for (const { tmp } of await host.lambda.sandboxes(functionName)) {
    for (const folder of ["pending", "open"]) {
      const path = join(tmp, ".lambda-coverage", folder);
      if (!existsSync(path)) continue;
      for (const name of readdirSync(path)) texts.push(name, readFileSync(join(path, name), "latin1"));
    }
  }
  return texts;
}

function brokenEnvironments(files: readonly CoverageFile[]): string[] {
  const sequences = new Map<string, number[]>();
  for (const { environment } of files) {
    sequences.set(environment.id, [...(sequences.get(environment.id) ?? []), environment.sequence]);
  }
  const broken = [...sequences].filter(([, list]) => {
    const sorted = [...list].sort((a, b) => a - b);
    return sorted.some((sequence, index) => index > 0 && sequence !== (sorted[index - 1] as number) + 1);
  });
  return broken.map(([id, list]) => `${id}: ${list.sort((a, b) => a - b).join(" ")}`);
}

/** Offsets that ran at all, per script path, over all files. */
export async function coveredOffsets(host: Host, functionName: string): Promise<Map<string, Set<number>>> {
  const covered = new Map<string, Set<number>>();
  for (const file of await host.coverageFiles(functionName)) {
    for (const script of file.scripts) {
      if (script.kind !== "v8") continue;
      const counts = new Map<number, number>();
      forEachRange(script.ranges, (start, end, count) => {
        for (let at = start; at < end; at++) counts.set(at, count);
      });
      const offsets = covered.get(script.path) ?? new Set();
      for (const [at, count] of counts) if (count !== 0) offsets.add(at);
      covered.set(script.path, offsets);
    }
  }
  return covered;
}
