/**
 * Adds to package-lock.json the platform packages that the registry at hand does not have.
 *
 * npm writes no entry for an optional package that it cannot find, and `npm ci` then refuses the lock file
 * ("Missing: @biomejs/cli-darwin-arm64@ from lock file"). A registry mirror that keeps only some platforms
 * makes such lock files. The added entries carry no integrity: npm fills it in where the package is known.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

interface LockedPackage {
  version?: string;
  integrity?: string;
  cpu?: string[];
  dev?: boolean;
  engines?: Record<string, string>;
  libc?: string[];
  optional?: boolean;
  optionalDependencies?: Record<string, string>;
  os?: string[];
}

export interface LockFile {
  packages: Record<string, LockedPackage>;
}

export interface MissingPackage {
  name: string;
  version: string;
  /** Key of the package that asks for it. */
  askedBy: string;
}

/** Optional dependencies that no entry satisfies, looked up as Node does: from the asking package upwards. */
export function missingOptionalPackages(lock: LockFile): MissingPackage[] {
  const missing: MissingPackage[] = [];
  for (const [askedBy, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const found = nearest(lock, askedBy, name);
      if (found === undefined || !satisfies(found, version)) missing.push({ name, version, askedBy });
    }
  }
  return missing;
}

/** Platform packages are asked for in one version; one of another version is not the one. */
function satisfies({ version }: LockedPackage, wanted: string): boolean {
  return version === wanted || !/^\d/.test(wanted);
}

function nearest(lock: LockFile, askedBy: string, name: string): LockedPackage | undefined {
  const folder = foldersUpwards(askedBy).find(
    (candidate) => `${candidate}node_modules/${name}` in lock.packages,
  );
  return folder === undefined ? undefined : lock.packages[`${folder}node_modules/${name}`];
}

/** From the package itself to the top, each with a `/` behind it. */
function foldersUpwards(path: string): string[] {
  const parts = path.split("/node_modules/");
  const folders = parts.map((_, at) => parts.slice(0, at + 1).join("/node_modules/"));
  return ["", ...folders.filter((folder) => folder !== "").map((folder) => `${folder}/`)].reverse();
}

const platformSuffix =
  /-(?:(android|darwin|freebsd|linux|openharmony|win32)-)?(arm64|x64|arm|ia32|ppc64|riscv64|s390x|wasm32)(?:-(\w+))?$/;

export function completeLock(lock: LockFile): MissingPackage[] {
  const missing = missingOptionalPackages(lock);
  for (const { name, version, askedBy } of missing) {
    const platform = platformSuffix.exec(name);
    if (platform === null || !/^\d/.test(version)) {
      throw new Error(`${name}@${version}, asked for by ${askedBy}, is no platform package of one version`);
    }
    const [, os, cpu, abi] = platform as unknown as [string, string | undefined, string, string | undefined];
    const parent = lock.packages[askedBy];
    const libc = abi?.startsWith("musl") ? ["musl"] : abi?.startsWith("gnu") ? ["glibc"] : undefined;
    const top = `node_modules/${name}`;
    // The place at the top may be taken by the version that another package asks for.
    lock.packages[top in lock.packages ? `${askedBy}/${top}` : top] = {
      version,
      cpu: [cpu],
      ...(parent?.dev ? { dev: true } : {}),
      ...(libc ? { libc } : {}),
      optional: true,
      ...(os === undefined ? {} : { os: [os] }),
      ...(parent?.engines ? { engines: parent.engines } : {}),
    };
  }
  const entries = Object.entries(lock.packages);
  lock.packages = Object.fromEntries(entries.sort(([a], [b]) => a.localeCompare(b, "en")));
  return missing;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const lock = JSON.parse(readFileSync("package-lock.json", "utf8")) as LockFile;
  const added = completeLock(lock);
  if (added.length > 0) writeFileSync("package-lock.json", `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`package-lock.json: ${added.length} platform packages added`);
}
