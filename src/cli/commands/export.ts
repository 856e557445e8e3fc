/** `lambda-coverage export`: coverage files as a NODE_V8_COVERAGE folder. */
import { Command } from "commander";
import { plural } from "../../report/from-combine.ts";
import { CliError } from "../cli-error.ts";
import { addExamples } from "../examples.ts";
import { exitCodes } from "../exit-codes.ts";
import { locationOrSettings, optionalLocationHelp } from "../selection-options.ts";
import { shortPath } from "../short-path.ts";
import { processTerminal, type Terminal } from "../terminal.ts";
import type { ExportResult } from "../v8-export/export-folder.ts";

interface Flags {
  out: string;
  scripts?: string;
  json?: boolean;
}

export function exportCommand(): Command {
  const command = new Command("export")
    .summary("write a NODE_V8_COVERAGE folder for c8 or monocart")
    .description(
      "Write coverage files as Node.js itself would (NODE_V8_COVERAGE), with the scripts beside them, so that c8 and monocart can read them.",
    )
    .argument("[location]", optionalLocationHelp)
    .option("-o, --out <dir>", "folder to write; gets coverage/ and scripts/", "v8-coverage")
    .option("--scripts <dir>", "deployed code, where COVERAGE_UPLOAD_SOURCES=false kept it out of the bucket")
    .option("--json", "print the result as JSON, and nothing else");
  addExamples(command, [
    {
      what: "see the same files in c8",
      command:
        "lambda-coverage export s3://my-bucket/coverage/ && cd v8-coverage && npx c8 report --temp-directory coverage --reporter text",
    },
  ]);
  return command.action(async (location: string | undefined, flags: Flags) => {
    process.exitCode = await run(locationOrSettings(location), flags);
  });
}

async function run(location: string, flags: Flags): Promise<number> {
  const { openStore } = await import("../../store/open-store.ts");
  const { exportV8Coverage } = await import("../v8-export/export-folder.ts");
  const { localScripts } = await import("../local-scripts.ts");
  const opened = await openStore(location);
  const result = await exportV8Coverage({
    opened,
    directory: flags.out,
    localScripts: flags.scripts === undefined ? undefined : localScripts(flags.scripts),
  });
  if (result.files === 0 && result.skipped.length === 0) {
    throw new CliError("NoCoverageFiles", `there are no coverage files below ${location}`, {
      remedy: "Check the prefix; coverage files end in .coverage.",
      exit: "noCoverage",
    });
  }
  print(result, flags, processTerminal());
  return exitCodes.ok.code;
}

function print(result: ExportResult, flags: Flags, { out, err }: Terminal): void {
  if (flags.json) {
    out.write(`${JSON.stringify(result, undefined, 2)}\n`);
    return;
  }
  const folder = shortPath(flags.out);
  out.write(
    `${plural(result.files, "coverage file")} and ${plural(result.scripts, "script")} written to ${folder}\n`,
  );
  for (const { key, reason } of result.skipped) err.write(`skipped ${key}: ${reason}\n`);
  for (const problem of result.scriptsWithoutSource) err.write(`left out ${problem}\n`);
  if (result.probed > 0) {
    err.write(
      `left out what probes in the code counted (${plural(result.probed, "script entry").replace("entrys", "entries")}): V8's form cannot hold it. ` +
        "For other tools: lambda-coverage combine --format json writes Istanbul's coverage-final.json.\n",
    );
  }
  out.write(`Read it with: cd ${folder} && npx c8 report --temp-directory coverage\n`);
}
