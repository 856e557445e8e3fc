/** `combine --sum`: the sum of coverage files as one coverage file, so that combining can be spread over machines. */
import pc from "picocolors";
import { coverageSuffix } from "../contract/object-keys.ts";
import { plural } from "../report/from-combine.ts";
import { visibleText } from "../report/visible-text.ts";
import type { OpenedStore } from "../store/open-store.ts";
import { CliError } from "./cli-error.ts";
import { exitCodes } from "./exit-codes.ts";
import { runCombineToSum, type SelectionFlags } from "./run-combine.ts";
import type { Terminal } from "./terminal.ts";

/** Of what was skipped; `--json` lists it all. */
const listedSkips = 10;

export interface SumFlags extends SelectionFlags {
  json?: boolean;
}

/** Returns the exit code. */
export async function writeSum(options: {
  opened: OpenedStore;
  /** A file, or `s3://bucket/key`. */
  out: string;
  flags: SumFlags;
  terminal: Terminal;
  startedAt: number;
}): Promise<number> {
  const { opened, out, flags, terminal, startedAt } = options;
  if (!out.endsWith(coverageSuffix)) {
    throw new CliError("NotASum", `${out} does not end in ${coverageSuffix}`, {
      remedy: `Combine reads ${coverageSuffix} files only: name it e.g. ${out}${coverageSuffix}`,
      exit: "usage",
    });
  }
  const { openObject } = await import("../store/open-store.ts");
  const target = await openObject(out);
  const { sum, gathered } = await runCombineToSum({ opened, flags, terminal, quiet: flags.json === true });
  const { filesProcessed, filesSkipped, skipped } = gathered;
  const errors = skipped.map(({ key, reason, detail }) => `${key}: ${reason}: ${detail}`);
  if (filesProcessed === 0) throw nothingToAdd(opened, errors);
  await target.store.put(target.key, sum, { contentType: "application/json", contentEncoding: "gzip" });
  if (flags.json) {
    const summary = {
      files_processed: filesProcessed,
      files_skipped: filesSkipped,
      output_location: out,
      processing_time_ms: Math.round(performance.now() - startedAt),
      errors,
    };
    terminal.out.write(`${JSON.stringify(summary, undefined, 2)}\n`);
    return exitCodes.ok.code;
  }
  terminal.out.write(`${plural(filesProcessed, "coverage file")} added up\n`);
  if (filesSkipped > 0) terminal.out.write(`${plural(filesSkipped, "coverage file")} skipped:\n`);
  for (const error of errors.slice(0, listedSkips)) terminal.out.write(`  ${visibleText(error)}\n`);
  if (filesSkipped > listedSkips) terminal.out.write(`  and ${filesSkipped - listedSkips} more\n`);
  terminal.err.write(`${pc.createColors(terminal.err.colour).dim("sum")}  ${visibleText(out)}\n`);
  return exitCodes.ok.code;
}

function nothingToAdd({ store, prefix }: OpenedStore, errors: readonly string[]): CliError {
  const where = `${store.location}${prefix === "" ? "" : ` under ${prefix}`}`;
  const [first] = errors;
  const message =
    first === undefined
      ? `no coverage files in ${where}`
      : `no file in ${where} can be used; the first: ${first}`;
  return new CliError("NoCoverageFiles", message, {
    remedy: "Check bucket and prefix, and that the function has the layer and was invoked.",
    exit: "noCoverage",
  });
}
