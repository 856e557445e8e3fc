/** Every window of a warm process held against what is counted where nothing is optimised. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { probe } from "../../src/prober/probe.ts";

const kinds = join(import.meta.dirname, "fixtures/kinds.cjs");

/** Counts by V8's range, `start-end`, or by the probe's number; or why the snapshot is lost. */
export type Window = { exact: boolean; counts: Record<string, number> } | { lost: string };

export interface WarmOptions {
  /** Path of the Node.js under test. */
  node: string;
  takes: number;
  collector?: "v8" | "probes";
  granularity?: "block" | "function";
  exactWindows?: boolean;
  /** V8's, for the process under test. */
  flags?: readonly string[];
}

export interface WarmResult {
  /** V8's functions and blocks, or probes, that count in each invocation. */
  counters: number;
  windows: number;
  lost: number;
  /** Windows that said to be whole. */
  exact: number;
  /** Counters that counted and were not reported, over all windows. */
  missing: number;
  /** Counters with another count. */
  wrong: number;
}

/** V8 tiers up within few calls: a second shows what takes hundreds of invocations otherwise. */
export const eagerTiers = [
  "--invocation-count-for-turbofan=20",
  "--invocation-count-for-maglev=10",
  "--minimum-invocations-after-ic-update=5",
  "--invocation-count-for-osr=5",
];

/** Runs one window after another and prints them. */
type Runner = (
  options: Pick<WarmOptions, "node" | "takes" | "flags" | "exactWindows">,
) => Promise<IndexedWindow[]>;

interface IndexedWindow {
  index: number;
  window: Window;
}

export async function compareWindows(options: WarmOptions): Promise<WarmResult> {
  const folder = await mkdtemp(join(tmpdir(), "warm-"));
  try {
    const run = options.collector === "probes" ? await probesRunner(folder) : await v8Runner(folder, options);
    const expected = await truth(run, options.node);
    return compare(await run(options), expected, options.takes);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function v8Runner(folder: string, { granularity = "block" }: WarmOptions): Promise<Runner> {
  const script = await bundle(folder, "run.ts");
  return ({ exactWindows = true, ...how }) =>
    windowsOf(script, [kinds, granularity, String(exactWindows)], how);
}

async function probesRunner(folder: string): Promise<Runner> {
  const script = await bundle(folder, "run-probes.ts");
  const counters = { slice: 0, by: "function" } as const;
  const { text, plan } = probe(await readFile(kinds, "utf8"), { kind: "commonjs", counters });
  const copy = join(folder, "kinds.cjs");
  await writeFile(copy, text);
  return (how) => windowsOf(script, [copy, String(plan.probes)], how);
}

async function bundle(folder: string, name: string): Promise<string> {
  const outfile = join(folder, "run.mjs");
  await build({
    entryPoints: [join(import.meta.dirname, name)],
    bundle: true,
    platform: "node",
    format: "esm",
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
    outfile,
    logLevel: "error",
  });
  return outfile;
}

/** The counts of a later window, by the interpreter alone: each entry is counted there. */
async function truth(run: Runner, node: string): Promise<Record<string, number>> {
  const flags = ["--no-opt", "--no-maglev", "--no-sparkplug"];
  const windows = await run({ node, takes: 4, flags, exactWindows: false });
  const last = windows.at(-1)?.window;
  if (last === undefined || "lost" in last) throw new Error("nothing was counted with V8's optimisers off");
  return last.counts;
}

async function windowsOf(
  script: string,
  [file = "", ...more]: string[],
  { node, takes, flags = [] }: Pick<WarmOptions, "node" | "takes" | "flags">,
): Promise<IndexedWindow[]> {
  const args = [...flags, script, file, String(takes), ...more];
  const { stdout } = await promisify(execFile)(node, args, { maxBuffer: 2 ** 30 });
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .map(({ index, ...window }) => ({ index, window }));
}

/** A window stands until the next one that differs; the first holds init, too. */
function compare(found: IndexedWindow[], expected: Record<string, number>, takes: number): WarmResult {
  const result: WarmResult = {
    counters: Object.values(expected).filter((count) => count > 0).length,
    windows: takes - 1,
    lost: 0,
    exact: 0,
    missing: 0,
    wrong: 0,
  };
  for (const [at, { index, window }] of found.entries()) {
    const times = (found[at + 1]?.index ?? takes) - Math.max(1, index);
    if (times <= 0) continue;
    if ("lost" in window) {
      result.lost += times;
      continue;
    }
    if (window.exact) result.exact += times;
    for (const counter of new Set([...Object.keys(expected), ...Object.keys(window.counts)])) {
      const [count, counted] = [expected[counter] ?? 0, window.counts[counter] ?? 0];
      if (count > 0 && counted === 0) result.missing += times;
      else if (counted !== count) result.wrong += times;
    }
  }
  return result;
}
