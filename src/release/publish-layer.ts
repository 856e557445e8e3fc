import type { LambdaClient } from "@aws-sdk/client-lambda";
import { inParallel } from "./in-parallel.ts";
import type { LayerArchive } from "./layer-archive.ts";
import { LayerService } from "./layer-service.ts";
import { publishInRegion, type RegionResult, type Survey, surveyRegion } from "./publish-region.ts";
import { type Problem, problemOf } from "./region-problem.ts";
import type { Share } from "./share.ts";

export interface PublishOptions {
  archive: LayerArchive;
  layerName: string;
  regions: readonly string[];
  /** A client for a region; it must not retry by itself. */
  client(region: string): LambdaClient;
  shares?: readonly Share[];
  /** Make the version number equal in all regions, by publishing more often where it is behind. */
  sameVersion?: boolean;
  /** Look only. */
  dryRun?: boolean;
  /** Regions at a time. Default 6. */
  concurrency?: number;
  onRegion?(result: RegionResult): void;
}

type Found = { service: LayerService; region: string } & ({ survey: Survey } | { problem: Problem });

/** Publishes a layer zip in several regions. Run again after a failure, it goes on where it stopped. */
export async function publishLayer(options: PublishOptions): Promise<RegionResult[]> {
  const { archive, regions, concurrency = 6, shares = [], dryRun = false, onRegion } = options;
  const found = await inParallel(regions, concurrency, (region) => look(region, options));
  const version = options.sameVersion === true ? commonVersion(found) : undefined;
  return inParallel(found, concurrency, async (at) => {
    const result = await decide(at, { archive, shares, dryRun, version });
    onRegion?.(result);
    return result;
  });
}

async function look(region: string, { archive, layerName, client }: PublishOptions): Promise<Found> {
  const service = new LayerService(client(region), layerName);
  try {
    return { service, region, survey: await surveyRegion(service, archive) };
  } catch (error) {
    return { service, region, problem: problemOf(error) };
  }
}

/** The lowest number that every reachable region can have. */
function commonVersion(found: Found[]): number {
  return Math.max(1, ...found.map((at) => ("survey" in at ? nextVersion(at.survey) : 1)));
}

function nextVersion({ latest, isCurrent }: Survey): number {
  if (latest === undefined) return 1;
  return isCurrent ? latest.version : latest.version + 1;
}

interface Decision {
  archive: LayerArchive;
  shares: readonly Share[];
  dryRun: boolean;
  version: number | undefined;
}

async function decide(at: Found, { archive, shares, dryRun, version }: Decision): Promise<RegionResult> {
  const { region, service } = at;
  if ("problem" in at && (dryRun || !at.problem.isPassing)) {
    return { region, state: at.problem.state, problem: at.problem };
  }
  if (!dryRun)
    return publishInRegion({
      region,
      service,
      archive,
      shares,
      ...(version === undefined ? {} : { version }),
    });
  const { survey } = at as { survey: Survey };
  const wanted = Math.max(version ?? 0, nextVersion(survey));
  const isThere = survey.isCurrent && survey.latest?.version === wanted;
  return isThere
    ? { region, state: "present", version: wanted, arn: survey.latest?.arn ?? "" }
    : { region, state: "planned", version: wanted };
}
