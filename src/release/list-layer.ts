import type { LambdaClient } from "@aws-sdk/client-lambda";
import { inParallel } from "./in-parallel.ts";
import { LayerService, type PublishedVersion } from "./layer-service.ts";
import { type Problem, problemOf } from "./region-problem.ts";

export interface ListedRegion {
  region: string;
  /** Undefined where the layer was never published. */
  latest?: PublishedVersion;
  /** Whether the latest version is the given zip; undefined without one. */
  isCurrent?: boolean;
  problem?: Problem;
}

export interface ListOptions {
  layerName: string;
  regions: readonly string[];
  client(region: string): LambdaClient;
  /** Compare with this zip. */
  codeSha256?: string;
}

/** The newest version of a layer in each region. */
export function listLayer({ layerName, regions, client, codeSha256 }: ListOptions): Promise<ListedRegion[]> {
  return inParallel(regions, 8, async (region) => {
    const service = new LayerService(client(region), layerName);
    try {
      const latest = await service.latest();
      if (latest === undefined) return { region };
      if (codeSha256 === undefined) return { region, latest };
      return { region, latest, isCurrent: (await service.codeSha256(latest.version)) === codeSha256 };
    } catch (error) {
      return { region, problem: problemOf(error) };
    }
  });
}
