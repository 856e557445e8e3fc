/**
 * Packages' own tests, bare against every file of the package probed and run by the agent's loader: the same results,
 * test by test. `npm run test:semantics -- --only suites [--node 22 …] [--quick]`.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { cachedFolder } from "../../../src/local/lambda/cache.ts";
import { nodeBinary } from "../../../src/local/lambda/node-binary.ts";
import { runNpm } from "../../../src/local/lambda/npm-package.ts";
import { probeFolder } from "../../../src/probe-package/probe-folder.ts";
import { type Suite, suites, testDependencies } from "./packages.ts";
import type { RunCopies } from "./preload.ts";

export interface SuitesOptions {
  nodes: readonly string[];
  quick: boolean;
  /** Default: all. */
  packages?: readonly string[] | undefined;
}

export async function runSuites({ nodes, quick, packages }: SuitesOptions): Promise<number> {
  const installed = await install();
  const work = mkdtempSync(join(tmpdir(), "suites-"));
  try {
    const preload = join(work, "preload.cjs");
    const entryPoints = [join(import.meta.dirname, "preload.ts")];
    await build({ entryPoints, outfile: preload, bundle: true, platform: "node", format: "cjs" });
    let wrong = 0;
    const chosen = suites.filter(
      ({ name, isQuick }) => (!quick || isQuick) && (packages?.includes(name) ?? true),
    );
    for (const suite of chosen) {
      const folder = await probedPackage(suite, installed, join(work, suite.name));
      for (const major of nodes) {
        const { path: node } = await nodeBinary(Number(major));
        wrong += await compare({ suite, folder, preload, node, major });
      }
    }
    return wrong;
  } finally {
    rmSync(work, { recursive: true });
  }
}

async function install(): Promise<string> {
  const wanted = [...suites.map(({ name, version }) => `${name}@${version}`), ...testDependencies];
  const key = createHash("sha256").update(wanted.join()).digest("hex").slice(0, 12);
  const what = "packages that ship their tests";
  return cachedFolder(`test-suites-${key}`, (target) =>
    runNpm(
      ["install", "--prefix", target, "--ignore-scripts", "--no-audit", "--no-fund", ...wanted],
      target,
      what,
    ),
  );
}

/** The package alone is a copy: what else its tests require is linked to. */
async function probedPackage(suite: Suite, installed: string, work: string): Promise<string> {
  const [from, to] = [join(installed, "node_modules"), join(work, "node_modules")];
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from))
    if (name !== suite.name) symlinkSync(join(from, name), join(to, name));
  const folder = join(to, suite.name);
  cpSync(join(from, suite.name), folder, { recursive: true });
  const { report } = await probeFolder(folder, {
    exclude: ["test/**", "**/*.test.js", "benchmark/**"],
  });
  if (report.files === 0) throw new Error(`no file of ${suite.name} was probed`);
  return folder;
}

interface Comparison {
  suite: Suite;
  folder: string;
  preload: string;
  node: string;
  major: string;
}

async function compare({ suite, folder, preload, node, major }: Comparison): Promise<number> {
  const seen = join(dirname(preload), "seen.txt");
  rmSync(seen, { force: true });
  const probes = { SEMANTICS_PACKAGE: folder, SEMANTICS_SEEN: seen, NODE_OPTIONS: `--require=${preload}` };
  const bare = await results(suite, folder, node, {});
  const probed = await results(suite, folder, node, probes);
  const runs: RunCopies[] = existsSync(seen)
    ? readFileSync(seen, "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line))
    : [];
  const copies = new Set(runs.flatMap(({ begun }) => begun)).size;
  const problems = differences(bare, probed);
  if (copies === 0) problems.push("no copy ran");
  if (!bare.some((line) => /^\s*ok /.test(line))) problems.push("no test passes bare");
  for (const path of new Set(runs.flatMap(({ stale }) => stale)))
    problems.push(`${path} ran without its copy`);
  for (const problem of problems) process.stderr.write(`${suite.name} on Node.js ${major}: ${problem}\n`);
  const failing = bare.filter((line) => /^\s*not ok /.test(line)).length;
  process.stdout.write(
    `${suite.name} ${suite.version} on Node.js ${major}: ${bare.length} results (${failing} fail both ways), ` +
      `${copies} copies ran, ${problems.length} differ\n`,
  );
  return problems.length;
}

/** Lines of TAP, in order, without what takes time. */
async function results(
  { tests, runner }: Suite,
  folder: string,
  node: string,
  env: NodeJS.ProcessEnv,
): Promise<string[]> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => tests.test(path))
    .sort();
  const lines: string[] = [];
  const runs =
    runner === "tape"
      ? files.map((file) => [file])
      : [["--test", "--test-concurrency=1", "--test-reporter=tap", ...files]];
  for (const args of runs) {
    const output = await outputOf(node, args, folder, env);
    lines.push(
      args.at(-1) as string,
      ...output.split("\n").filter((line) => /^\s*(?:not )?ok \d/.test(line)),
    );
  }
  return lines;
}

/** Whatever the exit code: failing tests are compared, too. */
function outputOf(node: string, args: string[], cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  const options = {
    cwd,
    env: { ...process.env, NODE_OPTIONS: "", ...env },
    maxBuffer: 2 ** 28,
    timeout: 900_000,
  };
  return new Promise((resolve) => {
    execFile(node, args, options, (_error, stdout) => resolve(stdout));
  });
}

function differences(bare: readonly string[], probed: readonly string[]): string[] {
  const length = Math.max(bare.length, probed.length);
  return Array.from({ length }, (_, at) => [bare[at] ?? "nothing", probed[at] ?? "nothing"])
    .filter(([wanted, found]) => wanted !== found)
    .map(([wanted, found]) => `${found} instead of ${wanted}`);
}
