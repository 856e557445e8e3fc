/** Reads the manifest of probed copies. It may be cut, edited or of another version: then there is none. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseProbeManifest } from "../../../contract/parse-probe-manifest.ts";
import { manifestFile, type ProbedFileEntry, probesFolder } from "../../../contract/probe-manifest.ts";
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
    const manifest = parseProbeManifest(text, sha256);
    return typeof manifest === "string"
      ? { problem: `${path} ${manifest}` }
      : { root, files: manifest.files };
  }
  return {};
}
