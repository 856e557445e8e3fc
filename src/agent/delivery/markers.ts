/**
 * Open markers: a tiny file under /tmp for each coverage file that is owed. It is written when an
 * invocation begins and removed when its coverage is stored, so that the next process of the same sandbox
 * knows what a killed one took with it.
 */
import type { CollectedFrom, FunctionIdentity, Granularity } from "../../contract/coverage-file.ts";

export interface Marker {
  environmentId: string;
  sequence: number;
  requestId: string;
  /** ISO 8601, UTC. */
  startedAt: string;
  /** Key that the coverage file would get, and its `lost` record gets. */
  key: string;
  function: FunctionIdentity;
  granularity: Granularity;
  collectedFrom: CollectedFrom;
}

export interface Markers {
  /** Synchronous and small (one file below 1 KB). Never throws. */
  open(marker: Marker): void;
  close(environmentId: string, sequence: number): void;
  /** What dead processes of this sandbox left open. */
  leftByOthers(): Marker[];
}
