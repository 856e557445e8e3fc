/**
 * Open markers: a tiny file under /tmp for each coverage file that is owed. It is written when an
 * invocation begins and removed when its coverage is stored, so that the next process of the same sandbox
 * knows what a killed one took with it.
 */
import { readdirSync, readFileSync, rmSync } from "node:fs";
import type {
  CollectedFrom,
  CoverageFile,
  FunctionIdentity,
  Granularity,
  Invocation,
} from "../../../contract/coverage-file.ts";
import { coverageFormat } from "../../../contract/coverage-file.ts";
import { formatCoverageKey, formatExecutionId } from "../../../contract/object-keys.ts";
import type { Settings } from "../../../contract/settings.ts";
import { markerPath, type OwedFile, writeMarker } from "../../shared/open-marker.ts";

export interface Marker extends OwedFile {
  /** Key that the coverage file would get; its `lost` record's is made of it. */
  key: string;
  function: FunctionIdentity;
  granularity: Granularity;
  collectedFrom: CollectedFrom;
  /** Earlier ones, whose counters V8 still held: they are lost with it. */
  invocations?: readonly Invocation[];
}

export interface OpenMarker extends Marker {
  /** Why its coverage is lost. */
  reason: string;
}

/** Whose files they are; all but the id is the same for every process of a sandbox. */
export interface MarkedEnvironment {
  settings: Pick<Settings, "s3Prefix" | "granularity">;
  function: FunctionIdentity;
  environmentId: string;
  collectedFrom: CollectedFrom;
}

/** `nth`: how many files the request has already. */
export function newMarker(environment: MarkedEnvironment, owed: OwedFile, nth = 0): Marker {
  const { settings, function: identity, collectedFrom } = environment;
  const date = new Date(owed.startedAt);
  const executionId = formatExecutionId(date, owed.requestId, nth);
  const { s3Prefix: prefix, granularity } = settings;
  const key = formatCoverageKey({ prefix, functionName: identity.name, executionId, date });
  return { key, function: identity, granularity, collectedFrom, ...owed };
}

export interface Markers {
  /** Synchronous and small (one file below 1 KB). Never throws. */
  open(marker: Marker): void;
  close(environmentId: string, sequence: number): void;
  /** The coverage will never arrive (`fallback-full`, `canary`, …): a `lost` record is owed. */
  markLost(environmentId: string, sequence: number, reason: string): void;
  /** What is lost for good: marked so, or left open by dead processes of this sandbox. */
  lost(): OpenMarker[];
}

interface StoredMarker extends Marker {
  pid: number;
  reason?: string;
}

/** A sandbox whose bucket stays unreachable must not fill /tmp; beyond this the oldest marker goes. */
const maxMarkers = 256;

/** `own`: this process's environment, whose first marker the main thread has written. */
export function createMarkers(directory: string, own: MarkedEnvironment): Markers {
  const ownEnvironments = new Set([own.environmentId]);
  const openOnes = new Map<string, Marker & { reason?: string }>();
  /** Whether the folder may hold something that is lost: at first, and while others' markers lie in it. */
  let worthLooking = true;

  return {
    open(marker) {
      ownEnvironments.add(marker.environmentId);
      openOnes.set(markerPath(directory, marker.environmentId, marker.sequence), { ...marker });
      quietly(() => {
        writeMarker(directory, marker);
        if (openOnes.size > maxMarkers) {
          const [oldest] = openOnes.keys();
          openOnes.delete(oldest as string);
          rmSync(oldest as string, { force: true });
        }
      });
    },
    close(environmentId, sequence) {
      const file = markerPath(directory, environmentId, sequence);
      openOnes.delete(file);
      quietly(() => rmSync(file, { force: true }));
    },
    markLost(environmentId, sequence, reason) {
      const marker = openOnes.get(markerPath(directory, environmentId, sequence));
      if (marker === undefined) return;
      marker.reason = reason;
      worthLooking = true;
      quietly(() => writeMarker(directory, marker));
    },
    lost() {
      if (!worthLooking) return [];
      const markers = readMarkers(directory, own);
      worthLooking = markers.some(
        ({ environmentId, reason }) => reason !== undefined || !ownEnvironments.has(environmentId),
      );
      return markers.flatMap((marker) => lostMarker(marker, ownEnvironments));
    },
  };
}

function lostMarker(marker: StoredMarker, ownEnvironments: Set<string>): OpenMarker[] {
  const { pid, reason, ...rest } = marker;
  if (reason !== undefined) return [{ ...rest, reason }];
  const owed = ownEnvironments.has(marker.environmentId) || (pid !== process.pid && isAlive(pid));
  return owed ? [] : [{ ...rest, reason: "killed" }];
}

function readMarkers(directory: string, own: MarkedEnvironment): StoredMarker[] {
  let names: string[];
  try {
    names = readdirSync(directory).filter((name) => name.endsWith(".open"));
  } catch {
    // No marker was ever opened here.
    return [];
  }
  return names.sort().flatMap((name) => {
    const file = `${directory}/${name}`;
    try {
      const [line = ""] = readFileSync(file, "utf8").split("\n");
      const stored = newMarker(own, JSON.parse(line)) as StoredMarker;
      if (markerPath(directory, stored.environmentId, stored.sequence) === file) return [stored];
    } catch {
      // Cut off by the kill itself: it names nothing that could be reported.
    }
    quietly(() => rmSync(file, { force: true }));
    return [];
  });
}

/** Outside Lambda several processes may share a temporary directory. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** A full or read-only /tmp costs the knowledge of a loss, never the invocation. */
function quietly(write: () => void): void {
  try {
    write();
  } catch {
    // See above.
  }
}

/** The coverage file that says: this sequence is lost. */
export function lostRecord(marker: OpenMarker): CoverageFile {
  return {
    format: coverageFormat,
    function: marker.function,
    environment: { id: marker.environmentId, sequence: marker.sequence },
    invocations: [...(marker.invocations ?? [])],
    granularity: marker.granularity,
    collectedFrom: marker.collectedFrom,
    lost: { reason: marker.reason },
    scripts: [],
  };
}
