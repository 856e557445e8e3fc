/** Every window of a warm process held against what V8 counts where nothing is optimised. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";

const kinds = join(import.meta.dirname, "fixtures/kinds.cjs");

/** Counts by range, `start-end`; or why the snapshot is lost. */
export type Window = { exact: boolean; counts: Record<string, number> } | { lost: string };

export interface WarmOptions {
  /** Path of the Node.js under test. */
  node: string;
  takes: number;
  granularity?: "block" | "function";
  exactWindows?: boolean;
  /** V8's, for the process under test. */
  flags?: readonly string[];
}

export interface WarmResult {
  /** Functions and blocks that run in each invocation. */
  ranges: number;
  windows: number;
  lost: number;
  /** Windows that said to be whole. */
  exact: number;
  /** Ranges that ran and were not reported, over all windows. */
  missing: number;
  /** Ranges with another count. */
  wrong: number;
}

/** V8 tiers up within few calls: a second shows what takes hundreds of invocations otherwise. */
export const eagerTiers = [
  "--invocation-count-for-turbofan=20",
  "--invocation-count-for-maglev=10",
  "--minimum-invocations-after-ic-update=5",
  "--invocation-count-for-osr=5",
];

export async function compareWindows(options: WarmOptions): Promise<WarmResult> {
  const folder = await mkdtemp(join(tmpdir(), "warm-"));
  try {
    const runner = join(folder, "run.mjs");
    await build({
      entryPoints: [join(import.meta.dirname, "run.ts")],
      bundle: true,
      platform: "node",
      format: "esm",
      banner: {
        js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
      },
      outfile: runner,
      logLevel: "error",
    });
    const expected = await truth(runner, options.node);
    return compare(await windowsOf(runner, options), expected, options.takes);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The counts of a later window, by the interpreter alone: each entry is counted there. */
async function truth(runner: string, node: string): Promise<Record<string, number>> {
  const flags = ["--no-opt", "--no-maglev", "--no-sparkplug"];
  const windows = await windowsOf(runner, { node, takes: 4, flags, exactWindows: false });
  const last = windows.at(-1)?.window;
  if (last === undefined || "lost" in last) throw new Error("V8 counted nothing with its optimisers off");
  return last.counts;
}

interface IndexedWindow {
  index: number;
  window: Window;
}

async function windowsOf(runner: string, options: WarmOptions): Promise<IndexedWindow[]> {
  const { node, takes, granularity = "block", exactWindows = true, flags = [] } = options;
  const args = [...flags, runner, kinds, String(takes), granularity, String(exactWindows)];
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
    ranges: Object.values(expected).filter((count) => count > 0).length,
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
    for (const range of new Set([...Object.keys(expected), ...Object.keys(window.counts)])) {
      const [count, counted] = [expected[range] ?? 0, window.counts[range] ?? 0];
      if (count > 0 && counted === 0) result.missing += times;
      else if (counted !== count) result.wrong += times;
    }
  }
  return result;
}
