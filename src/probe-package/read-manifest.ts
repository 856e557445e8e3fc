/** A manifest as it was found, or what is wrong with it. */
import { parseProbeManifest } from "../contract/parse-probe-manifest.ts";
import { manifestFile, type ProbeManifest, probesFolder } from "../contract/probe-manifest.ts";
import { sha256 } from "./sha256.ts";

export type FoundManifest = { manifest: ProbeManifest } | { problem: string };

const path = `${probesFolder}/${manifestFile}`;

/** `read`: a file of the package by its path. */
export function readManifest(read: (path: string) => Uint8Array | undefined): FoundManifest {
  const bytes = read(path);
  if (bytes === undefined) return { problem: `${path} is missing` };
  const manifest = parseProbeManifest(Buffer.from(bytes).toString("utf8"), sha256);
  return typeof manifest === "string" ? { problem: `${path} ${manifest}` } : { manifest };
}
