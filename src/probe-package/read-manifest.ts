/** A manifest as it was found, or what is wrong with it. */
import { isSealed } from "../contract/manifest-seal.ts";
import {
  manifestFile,
  type ProbedFileEntry,
  type ProbeManifest,
  probeManifestFormat,
  probesFolder,
} from "../contract/probe-manifest.ts";
import { sha256 } from "./sha256.ts";
import type { Contents } from "./write-folder.ts";

export type FoundManifest = { manifest: ProbeManifest } | { problem: string };

export function readManifest(contents: Contents): FoundManifest {
  const path = `${probesFolder}/${manifestFile}`;
  const bytes = contents.get(path);
  if (bytes === undefined) return { problem: `${path} is missing` };
  const manifest = parsed(bytes);
  if (manifest === undefined) return { problem: `${path} is no JSON object` };
  if (manifest.format !== probeManifestFormat) {
    return {
      problem: `${path} has the format ${JSON.stringify(manifest.format)}, this version reads ${probeManifestFormat}`,
    };
  }
  if (!isSealed(Buffer.from(bytes).toString("utf8"), sha256)) {
    return { problem: `${path} was changed after it was written` };
  }
  const { files, counters } = manifest;
  if (!Array.isArray(files) || !files.every(isEntry)) return { problem: `${path} has broken entries` };
  if (counters !== files.reduce((sum, { probes }) => sum + probes, 0)) {
    return { problem: `${path} has another number of counters than its files` };
  }
  return { manifest: manifest as unknown as ProbeManifest };
}

function parsed(bytes: Uint8Array): Partial<Record<keyof ProbeManifest, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

const hash = /^[0-9a-f]{64}$/;

function isEntry(value: unknown): value is ProbedFileEntry {
  if (typeof value !== "object" || value === null) return false;
  const { path, kind, original, copy, plan, probes } = value as Partial<
    Record<keyof ProbedFileEntry, unknown>
  >;
  return (
    typeof path === "string" &&
    (kind === "commonjs" || kind === "module") &&
    [original, copy, plan].every((each) => typeof each === "string" && hash.test(each)) &&
    Number.isSafeInteger(probes) &&
    (probes as number) >= 0
  );
}
