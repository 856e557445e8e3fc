/** `--maps <folder>`: each copy with the map that an error tracker needs for it, under one debug id. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ProbePackageError, systemCode } from "./probe-package-error.ts";

export interface UploadMap {
  /** Of the original, relative to the package's root. */
  path: string;
  /** The copy. */
  text: string;
  /** JSON: to the original's sources, or to the original where it has no map of its own. */
  map: string;
  debugId: string;
}

export function writeUploadMap(folder: string, { path, text, map, debugId }: UploadMap): void {
  const file = join(folder, path);
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    // Sentry reads the one, the proposed standard is the other.
    writeFileSync(`${file}.map`, JSON.stringify({ ...JSON.parse(map), debug_id: debugId, debugId }));
  } catch (error) {
    throw new ProbePackageError(
      "MapsNotWritable",
      `${file}.map cannot be written: ${systemCode(error) ?? (error as Error).message}.`,
      "Give --maps a folder that can be written.",
      error,
    );
  }
}
