/** A folder inside the report's own, on the same disk, in which a report is written before it takes its place. */
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { isPageName } from "./html/file-names.ts";

const stagingName = /^\.lambda-coverage-(\d+)-/;

/** Removed in the end, whatever happens; and so are those of runs that were killed. */
export async function withStagingFolder(
  root: string,
  work: (staging: string) => Promise<void>,
): Promise<void> {
  for (const name of await readdir(root)) {
    const pid = stagingName.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) await remove(path.join(root, name));
  }
  const staging = await mkdtemp(path.join(root, `.lambda-coverage-${process.pid}-`));
  try {
    await work(staging);
  } finally {
    await remove(staging);
  }
}

/** Folders and further files first, `mains` last: who sees a report's main file finds the rest of it. */
export async function moveIntoPlace(staging: string, root: string, mains: readonly string[]): Promise<void> {
  const entries = await readdir(staging, { withFileTypes: true });
  const rank = (name: string) => 1 + mains.indexOf(name);
  entries.sort((a, b) => rank(a.name) - rank(b.name));
  const old = path.join(staging, ".old");
  await mkdir(old);
  for (const entry of entries) {
    const [from, to] = [path.join(staging, entry.name), path.join(root, entry.name)];
    if (!entry.isDirectory()) await rename(from, to);
    else if (await holdsOnlyPages(to)) {
      // A folder cannot be renamed onto another: the old one steps aside, and its pages go with it.
      await rename(to, path.join(old, entry.name)).catch(ignoreMissing);
      await rename(from, to);
    } else await moveFiles(from, to);
  }
}

/** Into a folder that holds what is not ours, too: that stays. */
async function moveFiles(from: string, to: string): Promise<void> {
  for (const name of await readdir(from)) await rename(path.join(from, name), path.join(to, name));
}

/** Also where there is none yet. */
async function holdsOnlyPages(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch((error) => {
    ignoreMissing(error);
    return [];
  });
  return names.every(isPageName);
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}

function remove(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
