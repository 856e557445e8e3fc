/**
 * What is fetched or built once per machine: Node.js binaries, runtime clients, the client's addon.
 * `LAMBDA_COVERAGE_CACHE`, else `$XDG_CACHE_HOME/lambda-coverage`, else `~/.cache/lambda-coverage`.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export function cacheDirectory(): string {
  const { LAMBDA_COVERAGE_CACHE, XDG_CACHE_HOME } = process.env;
  return LAMBDA_COVERAGE_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), ".cache"), "lambda-coverage");
}

const lockPollMs = 200;

/**
 * The cache's folder of that name, made by `make(folder)` where it is not there yet. Processes that want it
 * at the same time wait for the first; a folder is there wholly or not at all.
 */
export async function cachedFolder(
  name: string,
  make: (folder: string) => Promise<void>,
  directory = cacheDirectory(),
): Promise<string> {
  const folder = join(directory, name);
  if (existsSync(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  const lock = `${folder}.lock`;
  while (!takeLock(lock)) {
    await sleep(lockPollMs);
    if (existsSync(folder)) return folder;
  }
  const unfinished = `${folder}.${process.pid}`;
  try {
    if (existsSync(folder)) return folder;
    mkdirSync(unfinished, { recursive: true });
    await make(unfinished);
    publish(unfinished, folder);
    return folder;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
    rmSync(lock, { force: true });
  }
}

/** Two may have taken over the same dead lock: whoever is later finds the folder there, and that is as good. */
function publish(unfinished: string, folder: string): void {
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

/** A lock of a process that is gone is nobody's. */
function takeLock(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const holder = readHolder(lock);
  if (holder !== undefined && !isAlive(holder)) rmSync(lock, { force: true });
  return false;
}

/** Undefined while the holder is just writing its id, or has gone. */
function readHolder(lock: string): number | undefined {
  try {
    return Number(readFileSync(lock, "utf8")) || undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
