/** `--all <dir>`: the source files of a folder, so that never loaded ones count as 0. */
import { readdir, readFile } from "node:fs/promises";
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

/** Texts of these files below `root`, by path; what lies outside or is not there is left out. */
export async function readSources(root: string, paths: ReadonlySet<string>): Promise<Map<string, string>> {
  const sources = new Map<string, string>();
  const below = path.join(path.resolve(root), path.sep);
  for (const relative of paths) {
    const full = path.resolve(root, relative);
    const text = full.startsWith(below) ? await readIfThere(full) : undefined;
    if (text !== undefined) sources.set(relative, text);
  }
  return sources;
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "EISDIR" || code === "ENOTDIR") return undefined;
    throw error;
  }
}
