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

export interface Asked {
  requestId: string;
  sandboxId: string;
}

export async function balance(host: Host, functionName: string, asked: readonly Asked[]): Promise<Balance> {
  const keys = (await host.keys("coverage/")).filter((key) => key.includes(`/${functionName}-`));
  const files = await Promise.all(keys.map((key) => host.object<CoverageFile>(key)));
  const storedIds = new Set(files.flatMap((file) => file.invocations.map(({ requestId }) => requestId)));
  const lostIds = keys.filter((_, index) => files[index]?.lost !== undefined).map((key) => requestIdOf(key));
  const left = await leftUnderTmp(host, functionName);
  const fateOf = ({ requestId }: Asked): Fate => {
    if (storedIds.has(requestId)) return "stored";
    if (left.some((text) => text.includes(requestId))) return "pending";
    return lostIds.includes(requestId) ? "lost" : "unnamed";
  };
  const fates = asked.map(fateOf);
  // While the circuit breaker is open, V8 keeps the sum of several invocations: the file, or the lost record,
  // of the next one that is named stands for them.
  const nextNamed = (index: number): Fate => {
    const { sandboxId } = asked[index] as Asked;
    const later = fates.findIndex(
      (fate, at) => at > index && asked[at]?.sandboxId === sandboxId && fate !== "unnamed",
    );
    return fates[later] ?? "unnamed";
  };
  const count = (wanted: Fate): number => fates.filter((fate) => fate === wanted).length;
  return {
    files: files.length,
    stored: count("stored"),
    pending: count("pending"),
    lost: count("lost") + fates.filter((fate, at) => fate === "unnamed" && nextNamed(at) === "lost").length,
    unexplained: asked
      .filter((_, index) => fates[index] === "unnamed" && nextNamed(index) !== "lost")
      .map(({ requestId }) => requestId),
    broken: brokenEnvironments(files),
  };
}

type Fate = "stored" | "pending" | "lost" | "unnamed";

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
