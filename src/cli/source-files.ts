/** `--all <dir>`: the source files of a folder, so that never loaded ones count as 0. */
import { readdir, readFile, realpath } from "node:fs/promises";
import path from "node:path";
import type { OriginalSource } from "../combine/index.ts";

const sourceName = /(?<!\.d)\.([cm]?[jt]s|[jt]sx|py)$/;
const testName = /(^|\/)(__tests__|tests?)\/|\.(test|spec)\.[^/]+$|(^|\/)(test_[^/]*|conftest)\.py$/;

/** Below `directory`, with paths relative to `root`; no tests, declarations, dot or node_modules folders. */
export async function* sourceFiles(directory: string, root: string): AsyncGenerator<OriginalSource> {
  const entries = await readdir(directory, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const full = path.join(directory, entry.name);
    if (entry.isDirectory()) {
      if (!entry.name.startsWith(".") && entry.name !== "node_modules") yield* sourceFiles(full, root);
      continue;
    }
    const relative = path.relative(root, full).split(path.sep).join("/");
    if (!entry.isFile() || !sourceName.test(entry.name) || testName.test(relative)) continue;
    yield { path: relative, source: await readFile(full, "utf8") };
  }
}

/**
 * Texts of these files below `root`, by path; what lies outside, is not there or is no source is left out. The paths
 * come from reports, and those from source maps that others wrote: nothing but sources may end up in a report, and
 * neither a folder that begins with a dot nor a link leads to anything else.
 */
export async function readSources(root: string, paths: ReadonlySet<string>): Promise<Map<string, string>> {
  const sources = new Map<string, string>();
  const below = path.join(await realpath(root), path.sep);
  for (const relative of paths) {
    const full = path.resolve(below, relative);
    const text = isSourcePath(below, full) ? await readIfThere(full, below) : undefined;
    if (text !== undefined) sources.set(relative, text);
  }
  return sources;
}

/** What compilers make JavaScript of, and Python. */
const reportedName = /\.(?:[cm]?[jt]sx?|pyi?|vue|svelte|astro)$/i;

function isSourcePath(below: string, full: string): boolean {
  if (!full.startsWith(below) || full.includes("\0") || !reportedName.test(full)) return false;
  return !full
    .slice(below.length)
    .split(path.sep)
    .some((part) => part.startsWith("."));
}

async function readIfThere(file: string, below: string): Promise<string | undefined> {
  try {
    const real = await realpath(file);
    return isSourcePath(below, real) ? await readFile(real, "utf8") : undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== undefined && notThere.has(code)) return undefined;
    throw error;
  }
}

const notThere = new Set(["ENOENT", "EISDIR", "ENOTDIR", "ELOOP", "ENAMETOOLONG"]);
