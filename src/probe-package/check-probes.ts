/** Compares what lies in a package with what probing it again makes: the same bytes, or which file is why. */
import { gunzipSync } from "node:zlib";
import {
  copyPath,
  manifestFile,
  mapPath,
  type ProbedFileEntry,
  planPath,
  probesFolder,
} from "../contract/probe-manifest.ts";
import { readManifest } from "./read-manifest.ts";
import type { Contents } from "./write-folder.ts";

/** What differs, in whole sentences without an end; empty: nothing. */
export function differences(there: Contents, wanted: Contents): string[] {
  if (there.size === 0) return [`there is no ${probesFolder}: it has not been probed`];
  const before = readManifest(there);
  if ("problem" in before) return [before.problem];
  const after = readManifest(wanted);
  if ("problem" in after) throw new Error(after.problem);
  const { prober } = after.manifest;
  if (before.manifest.prober !== prober) {
    return [`it was made by prober ${before.manifest.prober}, this is prober ${prober}`];
  }
  const entries = entryDifferences(before.manifest.files, after.manifest.files);
  // Another original has another copy and plan: that they are others says nothing more.
  return entries.length > 0 ? entries : contentDifferences(there, wanted, namesOf(after.manifest.files));
}

function entryDifferences(before: readonly ProbedFileEntry[], after: readonly ProbedFileEntry[]): string[] {
  const wanted = new Map(after.map((entry) => [entry.path, entry]));
  const there = new Map(before.map((entry) => [entry.path, entry]));
  return [...new Set([...there.keys(), ...wanted.keys()])].sort().flatMap((path) => {
    const [old, now] = [there.get(path), wanted.get(path)];
    if (now === undefined) return `${path} has a copy, and would get none now`;
    if (old === undefined) return `${path} has no copy`;
    if (old.original !== now.original) return `${path} has changed since it was probed`;
    return JSON.stringify(old) === JSON.stringify(now) ? [] : `the copy of ${path} is another one`;
  });
}

function contentDifferences(there: Contents, wanted: Contents, names: Map<string, string>): string[] {
  const manifest = `${probesFolder}/${manifestFile}`;
  const missing = [...wanted].flatMap(([path, bytes]) => {
    const found = there.get(path);
    // Its entries are equal: but for its form there is nothing left.
    if (path === manifest) return [];
    const name = names.get(path) ?? path;
    if (found === undefined) return `${name} is missing`;
    return same(path, found, bytes) ? [] : `${name} has been changed`;
  });
  const extra = [...there.keys()].filter((path) => !wanted.has(path));
  return [...missing, ...extra.map((path) => `${path} is not of this probing`)];
}

/** Another version of zlib packs otherwise; what is packed must be the same. */
function same(path: string, a: Uint8Array, b: Uint8Array): boolean {
  if (!path.endsWith(".gz")) return Buffer.from(a).equals(b);
  try {
    return gunzipSync(a).equals(gunzipSync(b));
  } catch {
    return false;
  }
}

function namesOf(files: readonly ProbedFileEntry[]): Map<string, string> {
  const names = new Map<string, string>();
  for (const { path, copy, plan, map, sourceMap } of files) {
    names.set(copyPath(copy), `the copy of ${path}`);
    names.set(planPath(plan), `the plan of ${path}`);
    for (const each of [map, sourceMap]) if (each !== undefined) names.set(mapPath(each), `a map of ${path}`);
  }
  return names;
}
