/** coverage.py's wheels for every Python version and architecture of the layer, by pip, checked by hash. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { layerRuntimes } from "../src/contract/runtimes.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
export const lockPath = join(root, "python", "requirements.lock");

/** pip's own tags: what glibc of Amazon Linux 2 and 2023 can load. */
const platforms: Record<string, string[]> = {
  x86_64: ["manylinux_2_5_x86_64", "manylinux1_x86_64", "manylinux2014_x86_64", "manylinux_2_17_x86_64"],
  aarch64: ["manylinux2014_aarch64", "manylinux_2_17_aarch64"],
};

/** Paths of the wheels; fetched once into .cache/. Throws with what to do where there is no pip. */
export function pythonWheels(): string[] {
  const folder = join(root, ".cache", `python-wheels-${lockedVersion()}`);
  if (!existsSync(folder)) fetchInto(folder);
  return readdirSync(folder)
    .filter((name) => name.endsWith(".whl"))
    .sort()
    .map((name) => join(folder, name));
}

export function lockedVersion(): string {
  const found = /^coverage==(\S+)/m.exec(readFileSync(lockPath, "utf8"))?.[1];
  if (found === undefined) throw new Error(`${lockPath} pins no version of coverage`);
  return found;
}

function fetchInto(folder: string): void {
  const unfinished = `${folder}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  try {
    for (const runtime of layerRuntimes.python) {
      const version = runtime.replace("python", "");
      for (const tags of Object.values(platforms)) download(unfinished, version, tags);
    }
    renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function download(folder: string, version: string, tags: readonly string[]): void {
  const target = ["--implementation", "cp", "--abi", `cp${version.replace(".", "")}`];
  const options = ["--quiet", "--no-deps", "--only-binary", ":all:", "--require-hashes", "--dest", folder];
  const args = [
    ...["-m", "pip", "--disable-pip-version-check", "download", ...options, "--python-version", version],
    ...target,
    ...tags.flatMap((tag) => ["--platform", tag]),
    ...["-r", lockPath],
  ];
  try {
    execFileSync("python3", args, { stdio: ["ignore", "ignore", "pipe"] });
  } catch (error) {
    const said = String((error as { stderr?: Buffer }).stderr ?? error).trim();
    throw new Error(
      `coverage.py's wheel for Python ${version} could not be fetched: ${said}\nThe Python layer is built with python3 and pip; install both, or build the Node.js layer only`,
    );
  }
}
