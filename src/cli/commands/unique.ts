/** `lambda-coverage unique`: what one request ran that no other did. */
import { Command } from "commander";
import type { CoverageMap } from "istanbul-lib-coverage";
import type { CombineResult } from "../../combine/index.ts";
import type { CoverageFile, Invocation } from "../../contract/coverage-file.ts";
import type { UniqueFile } from "../../report/unique.ts";
import { CliError } from "../cli-error.ts";
import { addExamples } from "../examples.ts";
import { exitCodes } from "../exit-codes.ts";
import { findRequest, type RequestFiles } from "../request-files.ts";
import { runCombine, type SelectionFlags } from "../run-combine.ts";
import { addSelectionOptions, locationOrSettings, optionalLocationHelp } from "../selection-options.ts";
import { processTerminal, type Terminal } from "../terminal.ts";
import { renderUnique } from "../unique-text.ts";

type Flags = Omit<SelectionFlags, "all"> & { request: string; json?: boolean };

export function uniqueCommand(): Command {
  const command = new Command("unique")
    .summary("show what one request ran that no other did")
    .description("Show the functions and lines that one request ran and no other request below the prefix.")
    .argument("[location]", optionalLocationHelp)
    .requiredOption("--request <id>", "the request's id, as in the function's log")
    .option("--json", "print the result as JSON, and nothing else");
  addSelectionOptions(command, { all: false });
  addExamples(command, [
    {
      what: "which code did the request that failed reach",
      command:
        "lambda-coverage unique s3://my-bucket/coverage/2026/11/20/ --request 8f507cfc-example-4697-b07a-ac58fc914c95",
    },
  ]);
  return command.action(async (location: string | undefined, flags: Flags) => {
    process.exitCode = await run(locationOrSettings(location), flags);
  });
}

async function run(location: string, flags: Flags): Promise<number> {
  const terminal = processTerminal();
  const { openStore } = await import("../../store/open-store.ts");
  const { uniqueCoverage } = await import("../../report/unique.ts");
  const opened = await openStore(location);
  const found = await findRequest(opened, flags.request);
  if (found.holding.length === 0) throw notFound(found, location, flags.request);
  const own = new Set(found.holding.map(({ key }) => key));
  const combineKeys = (keys: string[]) =>
    runCombine({ opened, flags, terminal, quiet: flags.json === true, more: { keys } });
  const of = await combineKeys([...own]);
  const others = await orNothing(() => combineKeys(found.keys.filter((key) => !own.has(key))));
  const beyondFirst = await ranBeyondFirst(found.holding, combineKeys);
  const files = uniqueCoverage({ of, others, ...(beyondFirst && { beyondFirst }) });
  print(
    { files, holding: found.holding, otherFiles: found.keys.length - own.size, request: flags.request },
    flags,
    terminal,
  );
  return exitCodes.ok.code;
}

/** Where this request's file is the only one, all it ran is unique. */
async function orNothing(combine: () => Promise<CombineResult>): Promise<CombineResult | undefined> {
  try {
    return await combine();
  } catch (error) {
    const { code, result } = error as { code?: string; result?: CombineResult };
    // Nothing is known of what they ran: that is not the same as knowing that they ran nothing.
    if (code === "NoMappedCode") return result;
    if (code === "NoCoverageFiles") return undefined;
    throw error;
  }
}

/** An environment's first file also holds what ran at init: only what other files hold was run by the request. */
async function ranBeyondFirst(
  holding: RequestFiles["holding"],
  combineKeys: (keys: string[]) => Promise<CombineResult>,
): Promise<{ ran: CoverageMap | undefined } | undefined> {
  const rest = holding.filter(({ file }) => file.environment.sequence > 0);
  if (rest.length === holding.length) return undefined;
  if (rest.length === 0) return { ran: undefined };
  const combined = await orNothing(() => combineKeys(rest.map(({ key }) => key)));
  return { ran: combined?.coverageMap };
}

function notFound(found: RequestFiles, location: string, request: string): CliError {
  return new CliError("NoSuchRequest", `no coverage file below ${location} holds request ${request}`, {
    remedy:
      found.keys.length === 0
        ? "There are no coverage files below this prefix at all; check it."
        : `Looked into ${found.keys.length} files. Check the id, the day's prefix, and whether the request was sampled out.`,
    exit: "noCoverage",
  });
}

export interface UniqueResult {
  request: string;
  files: UniqueFile[];
  holding: { key: string; file: CoverageFile }[];
  otherFiles: number;
}

function print(result: UniqueResult, flags: Flags, { out }: Terminal): void {
  if (!flags.json) {
    out.write(renderUnique(result, out));
    return;
  }
  const invocations: Invocation[] = result.holding.flatMap(({ file }) => file.invocations);
  const files = result.files.map(({ source, ...file }) => file);
  const keys = result.holding.map(({ key }) => key);
  out.write(`${JSON.stringify({ request: result.request, keys, invocations, files }, undefined, 2)}\n`);
}
