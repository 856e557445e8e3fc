import { existsSync, readFileSync } from "node:fs";
import { maxUnzippedBytes, type RuntimeFamily } from "../contract/runtimes.ts";
import { type ArchiveEntry, visitEntries } from "./archive-entries.ts";
import { checksumLine, type LayerArchive } from "./layer-archive.ts";

/** Lambda takes a zip of up to 50 MB in the request itself. */
const maxZipBytes = 50 * 1024 * 1024;

const neededFiles: Record<RuntimeFamily, string[]> = {
  nodejs: [
    "coverage-wrapper",
    "lambda-coverage/preload.cjs",
    "lambda-coverage/worker.cjs",
    "lambda-coverage/both-threads.cjs",
    "nodejs/node_modules/lambda-coverage-layer/package.json",
    "nodejs/node_modules/lambda-coverage-layer/index.cjs",
  ],
  python: ["coverage-wrapper", "python/coverage_wrapper/__init__.py"],
};

const packageManifest = "nodejs/node_modules/lambda-coverage-layer/package.json";

/** What keeps a zip from working as a layer; empty when it is fine. */
export function validateArchive(archive: LayerArchive): Promise<string[]> {
  return visitEntries(archive.bytes, async (entries) => [
    ...missingFiles(archive.family, entries),
    ...entries.flatMap(entryProblems),
    ...sizeProblems(archive, entries),
    ...(await versionProblems(archive, entries)),
    ...checksumProblems(archive),
  ]);
}

function missingFiles(family: RuntimeFamily, entries: ArchiveEntry[]): string[] {
  const paths = new Set(entries.map((entry) => entry.path));
  return neededFiles[family].filter((path) => !paths.has(path)).map((path) => `${path} is missing`);
}

function entryProblems({ path, mode }: ArchiveEntry): string[] {
  if (path.startsWith("/") || path.split("/").includes(".."))
    return [`${path} would be unpacked outside /opt`];
  if (path === "coverage-wrapper" && (mode & 0o111) !== 0o111) {
    return [`${path} has mode ${mode.toString(8)}: Lambda could not start it (needs 755)`];
  }
  return (mode & 0o444) === 0o444
    ? []
    : [`${path} has mode ${mode.toString(8)}: not readable for the function`];
}

function sizeProblems(archive: LayerArchive, entries: ArchiveEntry[]): string[] {
  const unzipped = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  const problems: string[] = [];
  if (archive.bytes.length > maxZipBytes)
    problems.push(`the zip has ${archive.bytes.length} bytes, more than 50 MB`);
  if (unzipped > maxUnzippedBytes)
    problems.push(`unzipped it has ${unzipped} bytes, more than Lambda's 250 MB`);
  return problems;
}

async function versionProblems(archive: LayerArchive, entries: ArchiveEntry[]): Promise<string[]> {
  const manifest = entries.find((entry) => entry.path === packageManifest);
  if (manifest === undefined) return [];
  const { version } = JSON.parse((await manifest.read()).toString()) as { version?: string };
  return version === archive.version
    ? []
    : [`it holds version ${version}, but this is ${archive.version}: build the layer again`];
}

function checksumProblems(archive: LayerArchive): string[] {
  const file = `${archive.path}.sha256`;
  if (!existsSync(file) || readFileSync(file, "utf8") === checksumLine(archive)) return [];
  return [`${file} is another zip's checksum`];
}
