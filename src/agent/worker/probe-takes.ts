/** The probes' counters as takes. What loading ran is read when it has ended, before the first invocation begins. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ProbesScriptCoverage } from "../../contract/coverage-file.ts";
import type { ProbesInitScript } from "../../contract/init-file.ts";
import { formatPlanKey, formatScriptKey } from "../../contract/object-keys.ts";
import { type ProbedFileEntry, planPath } from "../../contract/probe-manifest.ts";
import { ProbeCounts, type SliceCounts } from "../collect/probes/probe-counts.ts";
import type { ProbesSetup } from "../shared/messages.ts";
import { gapsOf } from "./init-files.ts";
import type { Intervals } from "./novelty.ts";
import { packScript } from "./script-packing.ts";
import { scriptPartsOf } from "./script-sources.ts";
import type { TakeReader, WantedContent } from "./take-reader.ts";

/** A loop that does nothing but count fills 32 bits in some seconds. */
const foldMs = 500;

const planIdentity = "plan ";

export interface ProbeTakes extends TakeReader {
  /** The user's modules have loaded, with these counters of the main thread's. */
  loaded(counters: Uint32Array): void;
  /** What was counted by then is not to be recorded. */
  discard(counters: Uint32Array): void;
  /** A file that runs without probes: named in the next take. */
  stale(path: string): void;
}

export function createProbeTakes({ files, root, memory }: ProbesSetup, taskRoot: string): ProbeTakes {
  const counts = new ProbeCounts(memory);
  setInterval(() => counts.fold(), foldMs).unref();
  const bySha256 = new Map(files.map((file) => [file.original, file]));
  const seen = new Set<number>();
  let isReset = false;
  let stale: ProbesScriptCoverage[] = [];
  let loadedCounts: SliceCounts[] = [];

  const unseen = (taken: readonly SliceCounts[]): ProbesInitScript[] => {
    const fresh = taken.filter(({ slice }) => !seen.has(slice));
    for (const { slice } of fresh) seen.add(slice);
    return fresh.map((each) => encodeInit(files[each.slice] as ProbedFileEntry, each));
  };

  return {
    async read({ probes }) {
      if (probes === undefined) return undefined;
      const taken = counts.take(probes.counters);
      const exact = counts.isWhole && !isReset;
      isReset = false;
      // What had loaded by the end of init exactly, a later module with the invocation that loaded it.
      const inits = [
        { extent: "load" as const, scripts: unseen(loadedCounts) },
        { extent: "first-file" as const, scripts: unseen(taken) },
      ];
      loadedCounts = [];
      const scripts = taken.map((each) => encodeScript(files[each.slice] as ProbedFileEntry, each));
      const wanted = taken.flatMap(({ slice }) => {
        const { original, plan } = files[slice] as ProbedFileEntry;
        return [original, planIdentity + plan];
      });
      const covered = taken.map(coveredProbes);
      const unprobed = stale;
      stale = [];
      return {
        scripts: [...scripts, ...unprobed],
        covered: [...covered, ...unprobed.map(() => [])],
        exact,
        inits,
        wanted,
      };
    },
    loaded(counters) {
      loadedCounts = counts.countsIn(counters);
    },
    discard(counters) {
      counts.discard(counters);
      loadedCounts = [];
      // What has loaded before is in no file, and a later count of it would not be its loading's.
      for (const { slice } of counts.countsIn(counters)) seen.add(slice);
      isReset = true;
    },
    stale(path) {
      const unmapped = "its probed copy does not fit the file";
      stale.push({ kind: "probes", path, script: null, unmapped, plan: null, counts: [] });
    },
    content: (identity) =>
      identity.startsWith(planIdentity)
        ? planContent(root, identity.slice(planIdentity.length))
        : scriptContent(bySha256.get(identity) as ProbedFileEntry, taskRoot),
  };
}

function encodeScript(
  { path, original, plan }: ProbedFileEntry,
  { counts }: SliceCounts,
): ProbesScriptCoverage {
  return { kind: "probes", path, script: formatScriptKey(original), plan: formatPlanKey(plan), counts };
}

function encodeInit(entry: ProbedFileEntry, counts: SliceCounts): ProbesInitScript {
  const { kind, path, script } = encodeScript(entry, counts);
  const covered = gapsOf(coveredProbes(counts));
  return { kind, path, script, collectedFrom: "start", plan: formatPlanKey(entry.plan), covered };
}

/** By the probes' numbers. */
function coveredProbes({ counts }: SliceCounts): Intervals {
  const intervals: number[] = [];
  let probe = 0;
  for (let at = 0; at < counts.length; at += 2) {
    probe += counts[at] as number;
    if (intervals.at(-1) === probe) intervals[intervals.length - 1] = probe + 1;
    else intervals.push(probe, probe + 1);
    probe++;
  }
  return intervals;
}

function planContent(root: string, plan: string): WantedContent {
  return {
    key: formatPlanKey(plan),
    failure: { message: "Failed to upload plan file" },
    pack: () => {
      try {
        const body = readFileSync(join(root, planPath(plan)));
        return { body, length: body.length };
      } catch {
        return undefined;
      }
    },
  };
}

function scriptContent({ path, original }: ProbedFileEntry, taskRoot: string): WantedContent {
  return {
    key: formatScriptKey(original),
    failure: { message: "Failed to upload script file" },
    pack: () => packScript(scriptPartsOf({ file: join(taskRoot, path), sha256: original, path })),
  };
}
