/** Writes the chosen reports, prints the table, holds the thresholds: shared by `combine` and `report`. */
import path from "node:path";
import pc from "picocolors";
import type { FormatName } from "../report/format-names.ts";
import type { FormatInput, Metric, ThresholdMiss, Thresholds, WrittenReport } from "../report/index.ts";
import type { CoverageStore } from "../store/store.ts";
import { exitCodes } from "./exit-codes.ts";
import { shortPath } from "./short-path.ts";
import type { Output, Terminal } from "./terminal.ts";

export interface ReportFlags {
  out: string;
  format: FormatName[];
  failUnder?: Thresholds;
  branches: boolean;
  json?: boolean;
  /** Key of the combined JSON in the store; true: one is made up. */
  outputKey?: string;
}

/** What `--json` prints: the combiner's result of the spec, then what the reports say. */
export interface CombineSummary {
  files_processed: number;
  files_skipped: number;
  combined_coverage: number;
  output_location: string;
  processing_time_ms: number;
  errors: string[];
  totals: Record<Metric, { covered: number; total: number; percent: number | null }>;
  reports: WrittenReport[];
  below_threshold: ThresholdMiss[];
  functions_never_run: number;
  notes: { kind: string; title: string }[];
}

/** Returns the exit code. */
export async function emitReports(options: {
  input: FormatInput;
  flags: ReportFlags;
  terminal: Terminal;
  startedAt: number;
  store?: CoverageStore;
}): Promise<number> {
  const { flags, terminal, input } = options;
  const reports = await import("../report/index.ts");
  const files = flags.format.filter((format) => format !== "text");
  const written = await reports.writeReports(input, { directory: flags.out, formats: files });
  // Before the bucket: who may not write there has the table and the files all the same.
  if (!flags.json) printReports({ input, renderText: reports.renderText, flags, terminal, written });
  const stored = await storeCombined(reports.writeCombinedToStore, options, written);
  const missed = reports.missedThresholds(input.model.totals, flags.failUnder ?? {});
  const summary = summarise(input, reports.coverageJson, {
    written,
    missed,
    location: stored ?? path.resolve(flags.out),
    elapsedMs: performance.now() - options.startedAt,
  });
  if (flags.json) terminal.out.write(`${JSON.stringify(summary, undefined, 2)}\n`);
  else {
    if (stored !== undefined)
      terminal.err.write(`${pc.createColors(terminal.err.colour).dim("stored")}  ${stored}\n`);
    printMissed(missed, terminal.err);
  }
  return missed.length > 0 ? exitCodes.belowThreshold.code : exitCodes.ok.code;
}

type StoreCombined = typeof import("../report/index.ts").writeCombinedToStore;

/** Undefined where nothing is to be stored. Rejects with the store's error; what was written before is named. */
async function storeCombined(
  write: StoreCombined,
  { flags, input, store, terminal }: Parameters<typeof emitReports>[0],
  written: readonly WrittenReport[],
): Promise<string | undefined> {
  if (flags.outputKey === undefined || store === undefined) return undefined;
  try {
    return await write(store, flags.outputKey, input);
  } catch (error) {
    if (flags.json) printFiles(written, terminal.err);
    terminal.err.write(
      "The reports above are complete; nothing was stored in the bucket, or not all of it:\n",
    );
    throw error;
  }
}

function summarise(
  input: FormatInput,
  coverageJson: typeof import("../report/index.ts").coverageJson,
  facts: { written: WrittenReport[]; missed: ThresholdMiss[]; location: string; elapsedMs: number },
): CombineSummary {
  const { model, result } = input;
  const figure = (metric: Metric) => {
    const { covered, total } = model.totals[metric];
    return { covered, total, percent: total === 0 ? null : (100 * covered) / total };
  };
  return {
    files_processed: result.filesProcessed,
    files_skipped: result.filesSkipped,
    combined_coverage: coverageJson(model, result, input.version).totals.percent_covered,
    output_location: facts.location,
    processing_time_ms: Math.round(facts.elapsedMs),
    errors: result.skipped.map(({ key, reason, detail }) => `${key}: ${reason}: ${detail}`),
    totals: {
      statements: figure("statements"),
      branches: figure("branches"),
      functions: figure("functions"),
      lines: figure("lines"),
    },
    reports: facts.written,
    below_threshold: facts.missed,
    functions_never_run: model.totals.functions.total - model.totals.functions.covered,
    notes: model.notes.map(({ kind, title }) => ({ kind, title })),
  };
}

function printReports(options: {
  input: FormatInput;
  renderText: typeof import("../report/index.ts").renderText;
  flags: ReportFlags;
  terminal: Terminal;
  written: WrittenReport[];
}): void {
  const { out, err } = options.terminal;
  if (options.flags.format.includes("text")) {
    out.write(`${options.renderText(options.input.model, { colour: out.colour, width: out.width })}\n`);
  }
  printFiles(options.written, err);
}

function printFiles(written: readonly WrittenReport[], err: Output): void {
  const colours = pc.createColors(err.colour);
  const width = Math.max(0, ...written.map(({ format }) => format.length));
  for (const { format, file } of written) {
    err.write(`${colours.dim(format.padEnd(width))}  ${shortPath(file)}\n`);
  }
}

function printMissed(missed: readonly ThresholdMiss[], err: Output): void {
  const colours = pc.createColors(err.colour);
  for (const { metric, wanted, reached, missing } of missed) {
    const thing = missing === 1 ? metric.replace(/(e?)s$/, metric === "branches" ? "" : "$1") : metric;
    err.write(
      `${colours.red("below threshold:")} ${metric} ${reached} %, wanted ${wanted} %: ${missing} more ${thing} to cover\n`,
    );
  }
}
