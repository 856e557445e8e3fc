/** Reads the manifest of probed copies. It may be cut, edited or of another version: then there is none. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isSealed } from "../../../contract/manifest-seal.ts";
import {
  manifestFile,
  type ProbedFileEntry,
  type ProbeManifest,
  probeManifestFormat,
  probesFolder,
} from "../../../contract/probe-manifest.ts";
import { sha256 } from "./sha256.ts";

export interface FoundManifest {
  /** Folder that holds `lambda-coverage-probes`. */
  root: string;
  files: ProbedFileEntry[];
}

/** No copies; `problem`: why those that are there cannot be used. */
export interface NoManifest {
  problem?: string;
}

/** V8's largest buffer is far above; a manifest beyond is no function's. */
const maxCounters = 2 ** 26;

/** The first of `roots` that has the folder counts. */
export function readManifest(roots: readonly string[]): FoundManifest | NoManifest {
  for (const root of roots) {
    const path = join(root, probesFolder, manifestFile);
    let text: string;
    try {
      text = readFileSync(path, "utf8");
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT" || code === "ENOTDIR") continue;
      return { problem: `${path} cannot be read (${code})` };
    }
    const files = filesIn(text);
    return typeof files === "string" ? { problem: `${path} ${files}` } : { root, files };
  }
  return {};
}

function filesIn(text: string): ProbedFileEntry[] | string {
  let manifest: ProbeManifest;
  try {
    manifest = JSON.parse(text);
  } catch {
    return "is no JSON";
  }
  if (manifest?.format !== probeManifestFormat) return `is not of the format ${probeManifestFormat}`;
  if (!isSealed(text, sha256)) return "was changed after it was written";
  const { files, counters } = manifest;
  if (!Array.isArray(files) || !files.every(isEntry)) return "has an entry that is no file's";
  const total = files.reduce((sum, { probes }) => sum + probes, 0);
  if (total !== counters || total > maxCounters) return "has another number of counters than its files";
  return files;
}

const hash = /^[0-9a-f]{64}$/;

function isEntry(value: unknown): value is ProbedFileEntry {
  const { path, kind, original, copy, plan, probes } = (value ?? {}) as ProbedFileEntry;
  return (
    typeof path === "string" &&
    (kind === "commonjs" || kind === "module") &&
    [original, copy, plan].every((value) => typeof value === "string" && hash.test(value)) &&
    Number.isSafeInteger(probes) &&
    probes >= 0
  );
}
