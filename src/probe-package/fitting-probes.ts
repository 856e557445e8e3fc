/** Whether a package's probed copies are those of its files: what the function's start will find. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { copyPath, planPath, probesFolder } from "../contract/probe-manifest.ts";
import { isScript, readTree } from "./package-tree.ts";
import { readManifest } from "./read-manifest.ts";
import { sha256 } from "./sha256.ts";
import { readProbes } from "./write-folder.ts";
import { readZip } from "./zip-file.ts";

export interface PackageFiles {
  paths: readonly string[];
  /** Undefined: not there. */
  read(path: string): Uint8Array | undefined;
}

/** Of an unpacked package. */
export function filesOfFolder(folder: string): PackageFiles {
  const { root, files } = readTree(folder);
  const probes = readProbes(root);
  return {
    paths: [...files, ...probes.keys()],
    read: (path) => {
      if (probes.has(path)) return probes.get(path);
      return files.includes(path) ? readFileSync(join(root, path)) : undefined;
    },
  };
}

/** Of a zip's bytes. */
export async function filesOfZip(zip: Uint8Array): Promise<PackageFiles> {
  const entries = (await readZip(zip)).filter(({ path }) => !path.endsWith("/"));
  const byPath = new Map(entries.map(({ path, bytes }) => [path, bytes]));
  return { paths: [...byPath.keys()], read: (path) => byPath.get(path) };
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
export function fittingProbes(files: PackageFiles): FittingProbes | { problem: string } | undefined {
  if (!files.paths.some((path) => path.startsWith(`${probesFolder}/`))) return undefined;
  const found = readManifest((path) => files.read(path));
  if ("problem" in found) return found;
  const sorted: FittingProbes = { fitting: [], stale: [], damaged: [], withoutCopy: [] };
  for (const { path, original, copy, plan } of found.manifest.files) {
    if (hashOf(files, path) !== original) sorted.stale.push(path);
    else if (hashOf(files, copyPath(copy)) !== copy) sorted.damaged.push(path);
    else if (hashOf(files, planPath(plan), gunzipSync) !== plan) sorted.damaged.push(path);
    else sorted.fitting.push(path);
  }
  const probed = new Set(found.manifest.files.map(({ path }) => path));
  sorted.withoutCopy = files.paths.filter(
    (path) => isScript(path) && !probed.has(path) && !/^(?:.*\/)?node_modules\//.test(path),
  );
  return sorted;
}

function hashOf(
  files: PackageFiles,
  path: string,
  unpacked: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes,
): string | undefined {
  const bytes = files.read(path);
  if (bytes === undefined) return undefined;
  try {
    return sha256(unpacked(bytes));
  } catch {
    return undefined; // Cut or no gzip.
  }
}
