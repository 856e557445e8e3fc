/** Puts the probes' folder into an unpacked package, whole or not at all. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { probesFolder } from "../contract/probe-manifest.ts";
import { ProbePackageError, systemCode } from "./probe-package-error.ts";

/** Relative path below the package's root → bytes. */
export type Contents = ReadonlyMap<string, Uint8Array>;

const next = `.${probesFolder}.new`;
const previous = `.${probesFolder}.old`;

/** What an interrupted run may have left at a package's root. */
export function isBesideFolder(path: string): boolean {
  return path === next || path === previous;
}

/** Written beside and renamed; left alone where the same bytes lie there already. False: nothing was to do. */
export function writeProbes(root: string, contents: Contents): boolean {
  if (isThere(root, contents)) return false;
  inPackage(root, () => {
    for (const beside of [next, previous]) rmSync(join(root, beside), { recursive: true, force: true });
    for (const [path, bytes] of contents) {
      const file = join(root, next, path.slice(probesFolder.length + 1));
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, bytes);
    }
    const place = join(root, probesFolder);
    if (existsSync(place)) renameSync(place, join(root, previous));
    renameSync(join(root, next), place);
    rmSync(join(root, previous), { recursive: true, force: true });
  });
  return true;
}

/** False: there was none. */
export function removeProbes(root: string): boolean {
  const isProbed = existsSync(join(root, probesFolder));
  inPackage(root, () => {
    for (const folder of [next, previous, probesFolder]) {
      rmSync(join(root, folder), { recursive: true, force: true });
    }
  });
  return isProbed;
}

/** What lies in the probes' folder. Empty: there is none. */
export function readProbes(root: string): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  const folder = join(root, probesFolder);
  if (!existsSync(folder)) return found;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    found.set(file.slice(root.length + 1).replaceAll("\\", "/"), readFileSync(file));
  }
  return found;
}

function isThere(root: string, contents: Contents): boolean {
  const found = readProbes(root);
  return (
    found.size === contents.size &&
    [...contents].every(([path, bytes]) => found.get(path)?.equals(bytes) === true)
  );
}

const refusals = new Set(["EACCES", "EPERM", "EROFS"]);

function inPackage(root: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    const code = systemCode(error) ?? "";
    const remedy = refusals.has(code)
      ? "Allow writing there, or probe a copy of the package. The package is as it was."
      : "The package is as it was; try again when that is mended.";
    throw new ProbePackageError(
      "PackageNotWritable",
      `${join(root, probesFolder)} cannot be written: ${code || (error as Error).message}.`,
      remedy,
      error,
    );
  }
}
