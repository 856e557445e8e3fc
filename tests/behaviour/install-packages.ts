/**
 * Puts packages of this repository, with all that they depend on, into a function's folder. No link to our
 * node_modules: where the repository lies under /tmp, a sandbox sees its own /tmp instead.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { repository } from "./deployed-function.ts";

const modules = join(repository, "node_modules");

interface Manifest {
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

export function installPackages(folder: string, names: readonly string[]): void {
  for (const name of closure(names)) {
    const target = join(folder, "node_modules", name);
    mkdirSync(dirname(target), { recursive: true });
    copy(join(modules, name), target);
  }
}

/** Optional and peer packages count where they are installed. */
function closure(names: readonly string[]): Set<string> {
  const found = new Set<string>();
  const waiting = [...names];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    const nested = join(modules, name, "node_modules");
    for (const folder of [join(modules, name), ...packagesIn(nested)]) {
      waiting.push(...dependenciesOf(folder).filter((each) => existsSync(join(modules, each))));
    }
  }
  return found;
}

function dependenciesOf(folder: string): string[] {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
  const { dependencies, optionalDependencies, peerDependencies } = manifest;
  return Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });
}

function packagesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const manifests = execFileSync("find", [folder, "-name", "package.json", "-not", "-path", "*/test/*"]);
  return manifests
    .toString()
    .split("\n")
    .filter((path) => /node_modules\/(@[^/]+\/)?[^/]+\/package\.json$/.test(path))
    .map(dirname);
}

/** Hard links where the folders share a file system: a hundred megabytes in no time. */
function copy(from: string, to: string): void {
  try {
    execFileSync("cp", ["-al", from, to], { stdio: "ignore" });
  } catch {
    rmSync(to, { recursive: true, force: true });
    execFileSync("cp", ["-a", from, to]);
  }
}
