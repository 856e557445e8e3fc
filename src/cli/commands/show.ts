/** `lambda-coverage show`: one coverage file. */
import { Command } from "commander";
import pc from "picocolors";
import type { CoverageFile } from "../../contract/coverage-file.ts";
import { coverageSuffix } from "../../contract/object-keys.ts";
import type { FileView } from "../../report/file-view.ts";
import { plural } from "../../report/from-combine.ts";
import { visibleText } from "../../report/visible-text.ts";
import type { OpenedStore } from "../../store/open-store.ts";
import { CliError } from "../cli-error.ts";
import { addExamples } from "../examples.ts";
import { exitCodes } from "../exit-codes.ts";
import { runCombine, type SelectionFlags } from "../run-combine.ts";
import { addSelectionOptions } from "../selection-options.ts";
import { type Output, processTerminal } from "../terminal.ts";
import { packageVersion } from "../version.ts";

type Flags = Omit<SelectionFlags, "all"> & { json?: boolean };

export function showCommand(): Command {
  const command = new Command("show")
    .summary("show one coverage file")
    .description("Show what one coverage file holds: its invocations, and the code that ran.")
    .argument("<file>", "s3://bucket/….coverage or a file inside a copy of the bucket")
    .option("--json", "print it in the shape of coverage.py's JSON report");
  addSelectionOptions(command, { all: false });
  addExamples(command, [
    {
      what: "covered lines by file",
      command: `lambda-coverage show s3://my-bucket/coverage/2026/11/20/orders-x.coverage --json | jq '.files | map_values(.summary.covered_lines)'`,
    },
  ]);
  return command.action(async (location: string, flags: Flags) => {
    process.exitCode = await run(location, flags);
  });
}

async function run(location: string, flags: Flags): Promise<number> {
  const terminal = processTerminal();
  const { openStore } = await import("../../store/open-store.ts");
  const { coverageJson, renderText, reportInput } = await import("../../report/index.ts");
  const { readCoverageFile } = await import("../../combine/read/read-coverage-file.ts");
  const opened = await openStore(location);
  checkNamesFile(opened, location);
  // For its own error first: a missing file is no skipped one.
  await opened.store.get(opened.prefix);
  const file = await readCoverageFile(opened.store, opened.prefix);
  const result = await runCombine({
    opened,
    flags,
    terminal,
    quiet: true,
    more: { keys: [opened.prefix], strict: true },
  });
  const input = reportInput(result, { location, generatedAt: new Date(), version: packageVersion() });
  if (flags.json) {
    terminal.out.write(`${JSON.stringify(coverageJson(input.model, result, input.version), undefined, 2)}\n`);
    return exitCodes.ok.code;
  }
  if (file !== undefined) terminal.out.write(headText(file, terminal.out));
  const ran = input.model.files.filter(({ figures }) => figures.statements.covered > 0);
  const isWindow = result.inits.environments > 0;
  // What the environment ran before this file is not what this file shows.
  const shown = isWindow ? ran.filter(ranBeyondLoad) : ran;
  const idle = input.model.files.length - ran.length;
  const { colour, width } = terminal.out;
  terminal.out.write(renderText({ ...input.model, files: shown }, { colour, width, neverRan: false }));
  if (ran.length > shown.length) {
    terminal.out.write(
      `\nIn ${plural(ran.length - shown.length, "more file")} only code ran that runs at load, before this file.\n`,
    );
  }
  if (idle > 0) terminal.out.write(`\nIn ${plural(idle, "more file")} nothing ran.\n`);
  return exitCodes.ok.code;
}

function ranBeyondLoad({ statements, functions }: FileView): boolean {
  return [...statements, ...functions].some(({ hits, atLoad }) => hits > 0 && !atLoad);
}

function checkNamesFile({ prefix }: OpenedStore, location: string): void {
  if (prefix.endsWith(coverageSuffix)) return;
  throw new CliError("NotACoverageFile", `${location} does not name one coverage file`, {
    remedy: "Name a key that ends in .coverage; `lambda-coverage combine` takes a whole prefix.",
    exit: "usage",
  });
}

/** What the file says of what is not in it. */
function windowWords({ environment, exact, lost }: CoverageFile): string[] {
  if (lost !== undefined) return [];
  if (environment.sequence === 0) {
    return ["the first of its environment: its functions ran at init, in the first call, or both"];
  }
  return [
    exact ? "exact: what it does not show did not run" : "not exact: what it does not show may have run",
  ];
}

/** Which collector ran, in a file of the Node.js layer. */
function collectorWords({ scripts }: CoverageFile): string {
  const kinds = new Set(scripts.map(({ kind }) => kind));
  const words = [kinds.has("v8") && "V8", kinds.has("probes") && "probes in the code"].filter(Boolean);
  return words.length === 0 ? "" : `, counted by ${words.join(" and ")}`;
}

function headText(file: CoverageFile, out: Output): string {
  const colours = pc.createColors(out.colour);
  const { name, version, runtime, region } = file.function;
  const invocations = file.invocations.map(
    ({ requestId, outcome, durationMs, startedAt }) =>
      `  request ${visibleText(requestId)}  ${outcome}  ${durationMs.toFixed(1)} ms  ${startedAt}`,
  );
  const facts = [
    `function ${colours.bold(visibleText(name))} ${visibleText(`${version}, ${runtime}, ${region}`)}`,
    `environment ${visibleText(file.environment.id)}, file ${file.environment.sequence}`,
    `${plural(file.scripts.length, "script")}${collectorWords(file)}, ${file.granularity} granularity, collected from ${file.collectedFrom === "late" ? "after load (blocks unknown)" : "the start"}`,
    ...windowWords(file),
    ...(file.lost === undefined
      ? []
      : [colours.yellow(`! its coverage is lost: ${visibleText(file.lost.reason)}`)]),
    ...invocations,
  ];
  return `${facts.join("\n")}\n\n`;
}
