import { setTimeout as sleep } from "node:timers/promises";
import type { LayerArchive } from "./layer-archive.ts";
import type { LayerService, PublishedVersion } from "./layer-service.ts";
import { type Problem, problemOf } from "./region-problem.ts";
import type { Share } from "./share.ts";

export type RegionState = "published" | "present" | "planned" | "not-enabled" | "failed" | "unknown";

/** What a release did, or would do, in one region. */
export interface RegionResult {
  region: string;
  state: RegionState;
  /** The version with this content; with `planned` the one that would be made. */
  version?: number;
  arn?: string;
  problem?: Problem;
}

/** What a region has before anything is published. */
export interface Survey {
  latest?: PublishedVersion;
  /** The latest version is this very zip: an earlier run got that far. */
  isCurrent: boolean;
}

export async function surveyRegion(service: LayerService, archive: LayerArchive): Promise<Survey> {
  const latest = await service.latest();
  if (latest === undefined) return { isCurrent: false };
  return { latest, isCurrent: (await service.codeSha256(latest.version)) === archive.codeSha256 };
}

export interface RegionPlan {
  region: string;
  service: LayerService;
  archive: LayerArchive;
  shares: readonly Share[];
  /** Publish until the version has this number; versions made on the way are deleted again. */
  version?: number;
}

const attempts = 3;
/** First wait between two attempts; doubled, with jitter. */
const retryBaseMs = 200;

/**
 * Publishes and shares in one region. Before each attempt it looks at what is there, so that an attempt whose
 * answer was lost, and a whole run that is started again, make no second version.
 */
export async function publishInRegion(plan: RegionPlan): Promise<RegionResult> {
  const { region } = plan;
  for (let attempt = 1; ; attempt++) {
    try {
      return { region, ...(await publishOnce(plan)) };
    } catch (error) {
      const problem = problemOf(error);
      if (!problem.isPassing || attempt === attempts) {
        return { region, state: problem.state === "not-enabled" ? "not-enabled" : "failed", problem };
      }
      await sleep(retryBaseMs * 2 ** (attempt - 1) * (0.5 + Math.random()));
    }
  }
}

async function publishOnce({ service, archive, shares, version: wanted }: RegionPlan) {
  const before = await surveyRegion(service, archive);
  let current = before.isCurrent ? before.latest : undefined;
  let state: RegionState = "present";
  while (current === undefined || (wanted !== undefined && current.version < wanted)) {
    const filler = state === "published" ? current : undefined;
    current = await service.publish(archive);
    state = "published";
    if (filler !== undefined) await service.delete(filler.version);
  }
  const shared = shares.length === 0 ? new Set<string>() : await service.sharedWith(current.version);
  for (const share of shares) if (!shared.has(share.id)) await service.share(current.version, share);
  return { state, version: current.version, arn: current.arn };
}
