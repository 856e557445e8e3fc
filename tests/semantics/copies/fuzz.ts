/**
 * Corrupted packages, bare and with the agent's collector: the same answers, no copy whose bytes the manifest does not
 * have, no count of another file, and a line that says why where copies are missed.
 */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  copyPath,
  manifestFile,
  type ProbedFileEntry,
  type ProbeManifest,
  probesFolder,
} from "../../../src/contract/probe-manifest.ts";
import { seeded } from "../../oracle/mutations.ts";
import { bundleFor, linesOf } from "../node-under-test.ts";
import { type Corrupted, corrupt } from "./corruptions.ts";
import { type Files, probedPackages, writeFiles } from "./packages.ts";
import type { Task, ThreadRun } from "./thread.ts";

export interface FuzzOptions {
  /** Path of the Node.js under test. */
  node: string;
  seed: number;
  files: number;
}

export interface Finding {
  seed: number;
  what: string;
  problem: string;
}

interface Case extends Corrupted {
  seed: number;
}

const batchSize = 250;

export async function fuzzCopies({ node, seed, files }: FuzzOptions): Promise<Finding[]> {
  const folder = mkdtempSync(join(tmpdir(), "copies-"));
  try {
    const script = await bundleFor(folder, join(import.meta.dirname, "thread.ts"));
    const { current, others } = await probedPackages();
    const place = { node, script, folder };
    const [whole] = await runPackages(place, [current]);
    if (whole === undefined || Object.keys(whole.probed.counts).length < 7)
      throw new Error("not every copy ran");
    const genuine = [current, ...others].map(entriesOf);
    const findings: Finding[] = [];
    for (let done = 0; done < files; done += batchSize) {
      const seeds = Array.from(
        { length: Math.min(batchSize, files - done) },
        (_, index) => seed + done + index,
      );
      const cases = seeds.map((one): Case => ({ seed: one, ...corrupt(current, others, seeded(one)) }));
      const known = { originals: originalsOf(current), bare: whole.bare };
      const runs = await runPackages(
        place,
        cases.map((one) => one.files),
        known,
      );
      for (const [index, one] of cases.entries()) {
        const problem = problemOf(one.files, runs[index] as Runs, whole.probed, genuine);
        if (problem !== undefined) findings.push({ seed: one.seed, what: one.what, problem });
      }
    }
    return findings;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Runs {
  bare: ThreadRun;
  probed: ThreadRun;
}

interface Place {
  node: string;
  script: string;
  folder: string;
}

/** `known`: how untouched originals answer. */
async function runPackages(
  { node, script, folder }: Place,
  packages: readonly Files[],
  known?: { originals: string; bare: ThreadRun },
): Promise<Runs[]> {
  const root = join(folder, "packages");
  const tasks = packages.flatMap((files, index): Task[] => {
    const one = { folder: join(root, String(index)), stacks: index % 2 === 1 };
    mkdirSync(one.folder, { recursive: true });
    writeFiles(one.folder, files);
    const probed = { ...one, isProbed: true };
    return originalsOf(files) === known?.originals ? [probed] : [probed, { ...one, isProbed: false }];
  });
  const list = join(folder, "tasks.json");
  writeFileSync(list, JSON.stringify(tasks));
  const runs = await linesOf<ThreadRun>(node, [script, list]);
  rmSync(root, { recursive: true });
  return packages.map((_, index) => {
    const own = join(root, String(index));
    const [probed, bare = known?.bare] = runs.filter((_run, at) => tasks[at]?.folder === own);
    return { probed, bare } as Runs;
  });
}

function originalsOf(files: Files): string {
  const originals = [...files].filter(([path]) => !path.startsWith(probesFolder));
  return originals.map(([path, bytes]) => `${path} ${sha256(bytes)}`).join();
}

function problemOf(
  files: Files,
  { bare, probed }: Runs,
  whole: ThreadRun,
  genuine: readonly ProbedFileEntry[][],
): string | undefined {
  if (comparable(bare.answer) !== comparable(probed.answer))
    return `answers ${probed.answer} instead of ${bare.answer}`;
  if (probed.countsElsewhere) return "counts in another file's counters";
  if (probed.warning !== undefined && probed.stale.length > 0) return "two warnings";
  const entries = entriesOf(files);
  for (const slice of Object.keys(probed.counts).map(Number)) {
    const entry = entries[slice];
    if (entry === undefined) return `counts in slice ${slice}, which is no file's`;
    const problem = entryProblem(
      files,
      entry,
      genuine.map((list) => list[slice]),
    );
    if (problem !== undefined) return `${entry.path}: ${problem}`;
    const isWhole = bare.answer === whole.answer && entry.copy === genuine[0]?.[slice]?.copy;
    if (isWhole && String(probed.counts[slice]) !== String(whole.counts[slice]))
      return `${entry.path}: other counts`;
  }
  const isQuiet = probed.warning === undefined && probed.stale.length === 0;
  const missing = Object.keys(probed.counts).length < Object.keys(whole.counts).length;
  const mayBeQuiet = bare.answer !== whole.answer || !files.has(`${probesFolder}/${manifestFile}`);
  return isQuiet && missing && !mayBeQuiet ? "copies did not run, and nothing says why" : undefined;
}

/** With hooks registered, Node.js 22 words this one as of an ES module: docs/how-probes-work.md. */
function comparable(answer: string): string {
  const missing =
    /^SyntaxError: (?:Named export '(.*?)' not found|.* does not provide an export named '(.*?)')/s;
  const [, ofCommonJs, ofModule] = missing.exec(answer) ?? [];
  const name = ofCommonJs ?? ofModule;
  return name === undefined ? answer : `SyntaxError: no export ${name}`;
}

function entryProblem(
  files: Files,
  { path, original, copy, probes }: ProbedFileEntry,
  genuine: readonly (ProbedFileEntry | undefined)[],
): string | undefined {
  if (sha256(files.get(path)) !== original)
    return "its copy ran, and the original is not what the manifest says";
  if (sha256(files.get(copyPath(copy))) !== copy) return "a copy ran that is not what the manifest says";
  const isKnown = genuine.some(
    (one) => one?.original === original && one.copy === copy && one.probes === probes,
  );
  return isKnown ? undefined : "a copy ran that is not this original's, or has other counters";
}

function entriesOf(files: Files): ProbedFileEntry[] {
  try {
    const bytes = files.get(`${probesFolder}/${manifestFile}`) as Uint8Array;
    return (JSON.parse(Buffer.from(bytes).toString("utf8")) as ProbeManifest).files;
  } catch {
    return [];
  }
}

function sha256(bytes: Uint8Array | undefined): string | undefined {
  return bytes && createHash("sha256").update(bytes).digest("hex");
}
