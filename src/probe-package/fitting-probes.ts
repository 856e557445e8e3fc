/** Whether a package's probed copies are those of its files: what the function's start will find. */
import { gunzipSync } from "node:zlib";
import { copyPath, planPath, probesFolder } from "../contract/probe-manifest.ts";
import { isScript } from "./package-tree.ts";
import { readManifest } from "./read-manifest.ts";
import { sha256 } from "./sha256.ts";

/** A package's files, by path; undefined: not there. */
export interface PackageFiles {
  paths: readonly string[];
  read(path: string): Promise<Uint8Array | undefined>;
}

export interface FittingProbes {
  /** Files whose copy fits. */
  fitting: string[];
  /** Files that are not those that were probed. */
  stale: string[];
  /** Files whose copy or plan is missing or is not what the manifest says. */
  damaged: string[];
  /** JavaScript without a copy, `node_modules` aside. */
  withoutCopy: string[];
}

/** Undefined: the package is not probed. */
export async function fittingProbes(
  files: PackageFiles,
): Promise<FittingProbes | { problem: string } | undefined> {
  if (!files.paths.some((path) => path.startsWith(`${probesFolder}/`))) return undefined;
  const manifestPath = `${probesFolder}/manifest.json`;
  const bytes = await files.read(manifestPath);
  const found = readManifest(new Map(bytes === undefined ? [] : [[manifestPath, bytes]]));
  if ("problem" in found) return found;
  const sorted: FittingProbes = { fitting: [], stale: [], damaged: [], withoutCopy: [] };
  for (const { path, original, copy, plan } of found.manifest.files) {
    if ((await hashOf(files, path)) !== original) sorted.stale.push(path);
    else if ((await hashOf(files, copyPath(copy))) !== copy) sorted.damaged.push(path);
    else if ((await hashOf(files, planPath(plan), gunzipSync)) !== plan) sorted.damaged.push(path);
    else sorted.fitting.push(path);
  }
  const probed = new Set(found.manifest.files.map(({ path }) => path));
  sorted.withoutCopy = files.paths.filter(
    (path) => isScript(path) && !probed.has(path) && !/^(?:.*\/)?node_modules\//.test(path),
  );
  return sorted;
}

async function hashOf(
  files: PackageFiles,
  path: string,
  unpacked: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes,
): Promise<string | undefined> {
  const bytes = await files.read(path);
  if (bytes === undefined) return undefined;
  try {
    return sha256(unpacked(bytes));
  } catch {
    return undefined; // Cut or no gzip.
  }
}
