/** What every command that combines shares: opening the store, progress, Ctrl-C, combine's options. */
import path from "node:path";
import type { CombineOptions, CombineResult, combineToSum, OriginalSource } from "../combine/index.ts";
import type { OpenedStore } from "../store/open-store.ts";
import { CliError } from "./cli-error.ts";
import { localScripts } from "./local-scripts.ts";
import { nearestFolderWithCoverage, reportAt } from "./no-files-hint.ts";
import { startProgress } from "./progress.ts";
import { readAheadStore } from "./read-ahead-store.ts";
import { sourceFiles } from "./source-files.ts";
import type { Terminal } from "./terminal.ts";

/** As commander hands them over. */
export interface SelectionFlags {
  include?: string[];
  exclude?: string[];
  root?: string;
  all?: string[];
  scripts?: string;
  strict?: boolean;
  by?: "function";
}

export interface RunOptions {
  opened: OpenedStore;
  flags: SelectionFlags;
  terminal: Terminal;
  /** No progress, e.g. with --json. */
  quiet?: boolean;
  /** Replaces what `flags` cannot say. */
  more?: Partial<CombineOptions>;
}

export async function runCombine(options: RunOptions): Promise<CombineResult> {
  const { combine } = await import("../combine/index.ts");
  return withProgress(options, combine);
}

/** Only adds up, for the run of another machine: nothing is mapped. */
export async function runCombineToSum(options: RunOptions): ReturnType<typeof combineToSum> {
  const combining = await import("../combine/index.ts");
  return withProgress(options, combining.combineToSum);
}

async function withProgress<T>(
  { opened, flags, terminal, quiet, more }: RunOptions,
  work: (options: CombineOptions) => Promise<T>,
): Promise<T> {
  const progress = startProgress(terminal.err, quiet);
  const ahead = readAheadStore(opened.store);
  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort(interrupted());
  process.once("SIGINT", onInterrupt);
  try {
    return await work({
      store: ahead,
      prefix: opened.prefix,
      signal: interrupt.signal,
      onProgress: (now) => progress.update({ ...now, listed: Math.max(now.listed, ahead.listed) }),
      ...combineOptions(flags),
      ...more,
    });
  } catch (error) {
    progress.stop();
    throw await withHint(error, opened);
  } finally {
    progress.stop();
    process.off("SIGINT", onInterrupt);
  }
}

/** Says where there are coverage files, if the named prefix has none. */
async function withHint(error: unknown, opened: OpenedStore): Promise<unknown> {
  if ((error as { code?: unknown }).code !== "NoCoverageFiles") return error;
  const report = await reportAt(opened);
  if (report !== undefined) {
    return new CliError("NoCoverageFiles", `${(error as Error).message}, but a report`, {
      remedy: `Reports are for: lambda-coverage report ${report}`,
      exit: "noCoverage",
      cause: error,
    });
  }
  const folder = await nearestFolderWithCoverage(opened);
  if (folder === undefined) return error;
  return new CliError("NoCoverageFiles", (error as Error).message, {
    remedy: `There are coverage files in ${opened.store.location}/${folder}`,
    exit: "noCoverage",
    cause: error,
  });
}

function interrupted(): CliError {
  return new CliError("Interrupted", "interrupted; no report was written", {
    remedy: "Run the command again to start over.",
    exit: "interrupted",
  });
}

function combineOptions(flags: SelectionFlags): Partial<CombineOptions> {
  const root = path.resolve(flags.root ?? ".");
  return {
    root,
    ...(flags.include && { include: flags.include }),
    ...(flags.exclude && { exclude: flags.exclude }),
    ...(flags.all && { all: allSources(flags.all, root) }),
    ...(flags.scripts !== undefined && { localScripts: localScripts(flags.scripts) }),
    ...(flags.strict && { strict: true }),
    ...(flags.by && { by: flags.by }),
  };
}

async function* allSources(directories: string[], root: string): AsyncGenerator<OriginalSource> {
  for (const directory of directories) yield* sourceFiles(path.resolve(directory), root);
}
