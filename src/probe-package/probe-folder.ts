/** Probes the files of an unpacked package in place, or only says what would be written. */
import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { deflateRawSync } from "node:zlib";
import { type PatternSettings, pathFilter } from "../combine/join/patterns.ts";
import { formatManifest } from "../contract/manifest-seal.ts";
import { manifestFile, probeManifestFormat, probesFolder } from "../contract/probe-manifest.ts";
import { proberVersion } from "../prober/pack-plan.ts";
import { ProberError } from "../prober/prober-error.ts";
import { checkFitsLambda, checkIsPackage } from "./check-package.ts";
import { copyFile } from "./copied-file.ts";
import { isMinified } from "./minified.ts";
import { Originals } from "./originals.ts";
import { isScript, type PackageTree, readTree } from "./package-tree.ts";
import { ProbePackageError } from "./probe-package-error.ts";
import type { PackageSizes, ProbedPackage, ProbeReport } from "./probed-package.ts";
import { sha256 } from "./sha256.ts";
import type { UploadMap } from "./upload-maps.ts";
import { type Contents, writeProbes } from "./write-folder.ts";

export interface ProbeFolderOptions extends PatternSettings {
  /** Files or functions that stay as they are: see the command's `--keep-source`. */
  keepSource?: readonly string[];
  /** Called now and then. */
  onProgress?: (progress: ProbeProgress) => void;
  /** Give copies debug ids of their own; called with each copy and its map. See the command's `--maps`. */
  onMap?: (upload: UploadMap) => void;
}

export interface ProbeProgress {
  done: number;
  total: number;
}

/** Probes a package's folder and writes `lambda-coverage-probes/` into it. Throws a ProbePackageError. */
export async function probeFolder(folder: string, options: ProbeFolderOptions = {}): Promise<ProbedPackage> {
  const probed = await planProbes(folder, options);
  checkFitsLambda(probed.report.sizes, folder);
  writeProbes(resolve(folder), probed.contents);
  return probed;
}

/** The same without writing anything. `name`: what messages call it. */
export async function planProbes(
  folder: string,
  options: ProbeFolderOptions = {},
  name = folder,
): Promise<ProbedPackage> {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new ProbePackageError(
      "NoSuchPackage",
      `There is no folder ${folder}.`,
      "Build the function first, or correct the path.",
    );
  }
  const tree = readTree(folder);
  checkIsPackage(tree, name);
  const made = await copyAll(tree, options, name);
  return {
    manifest: made.manifest,
    contents: made.contents,
    report: { ...made.report, sizes: sizesOf(tree, made.contents) },
  };
}

type Made = Omit<ProbedPackage, "report"> & { report: Omit<ProbeReport, "sizes"> };

async function copyAll(tree: PackageTree, options: ProbeFolderOptions, name: string): Promise<Made> {
  const isChosen = pathFilter(options);
  const scripts = tree.files.filter(isScript);
  const chosen = scripts.filter(isChosen);
  if (chosen.length === 0) {
    throw new ProbePackageError(
      "NothingToProbe",
      `Patterns leave out all ${scripts.length} JavaScript files of ${name}.`,
      "Choose others by --include and --exclude; without them only node_modules is left out.",
    );
  }
  const originals = new Originals(tree.root, chosen);
  const contents = new Map<string, Uint8Array>();
  const report: Made["report"] = {
    files: 0,
    probes: 0,
    notProbed: tree.links.filter(({ path }) => isScript(path) && isChosen(path)).map(linkNotProbed),
    unprobedCode: [],
    excluded: scripts.length - chosen.length,
    minified: [],
  };
  const manifest: ProbedPackage["manifest"] = {
    format: probeManifestFormat,
    prober: proberVersion,
    counters: 0,
    files: [],
  };
  for (const [index, path] of chosen.entries()) {
    options.onProgress?.({ done: index, total: chosen.length });
    // So that Ctrl-C, and whoever called, get their turn.
    await new Promise((done) => setImmediate(done));
    addCopy(path, { originals, options, manifest, contents, report });
  }
  options.onProgress?.({ done: chosen.length, total: chosen.length });
  report.files = manifest.files.length;
  report.probes = manifest.counters;
  contents.set(`${probesFolder}/${manifestFile}`, Buffer.from(formatManifest(manifest, sha256), "utf8"));
  return { manifest, contents, report };
}

interface Making extends Pick<Made, "manifest" | "report"> {
  originals: Originals;
  options: ProbeFolderOptions;
  contents: Map<string, Uint8Array>;
}

function addCopy(path: string, { originals, options, manifest, contents, report }: Making): void {
  try {
    const original = originals.read(path);
    const slice = manifest.files.length;
    const copied = copyFile(original, {
      keepSource: options.keepSource ?? [],
      counters: { slice, by: originals.isInCycle(path) ? "import" : "function" },
      forUpload: options.onMap !== undefined,
    });
    if (copied === undefined) return;
    const { entry } = copied;
    manifest.files.push(entry);
    manifest.counters += entry.probes;
    for (const [name, bytes] of copied.contents) contents.set(name, bytes);
    if (isMinified(original.text)) report.minified.push(path);
    for (const { start, reason } of copied.leftOut) {
      report.unprobedCode.push({ path, line: original.text.slice(0, start).split("\n").length, reason });
    }
    if (copied.upload !== undefined) options.onMap?.(copied.upload);
  } catch (error) {
    if (!(error instanceof ProberError || error instanceof ProbePackageError)) throw error;
    report.notProbed.push({ path, code: error.code, message: error.message, remedy: error.remedy });
  }
}

function linkNotProbed({ path, leavesPackage }: PackageTree["links"][number]) {
  const message = leavesPackage
    ? `${path} is a symbolic link out of the package`
    : `${path} is a symbolic link; what it leads to is probed under its own path`;
  const remedy = leavesPackage
    ? "If what packs the function follows links, probe the zip that it makes."
    : "Nothing is to do, unless what packs the function follows links: then probe the zip that it makes.";
  return { path, code: "SymbolicLink", message, remedy };
}

function sizesOf(tree: PackageTree, contents: Contents): PackageSizes {
  let added = 0;
  let zippedProbes = 0;
  for (const bytes of contents.values()) {
    added += bytes.length;
    zippedProbes += Math.min(bytes.length, deflateRawSync(bytes).length);
  }
  return { unzipped: { before: tree.bytes, after: tree.bytes + added }, zippedProbes };
}
