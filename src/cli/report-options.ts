/** The options that shape reports, the same on every command that writes them. */
import { type Command, Option } from "commander";
import { readSettings } from "../contract/settings.ts";
import { formatDocs, formatNames } from "../report/format-names.ts";
import { formatList, thresholds } from "./option-parsers.ts";

export function addReportOptions(command: Command): Command {
  return command
    .option("-o, --out <dir>", "folder for the reports", "coverage-report")
    .addOption(
      new Option("-f, --format <names>", `reports to write, comma-separated: ${formatNames.join(", ")}`)
        .argParser(formatList)
        .default(["text", "html", "lcov", "json"], "text,html,lcov,json"),
    )
    .option(
      "--fail-under <metric=percent,…>",
      "exit with 3 below e.g. statements=80,branches=70 (functions, lines; a bare number is for statements)",
      thresholds,
    )
    .option(
      "--no-branches",
      "leave branches out of figures and files, as COVERAGE_BRANCH_COVERAGE=false does",
    )
    .option("--json", "print the result as JSON, and nothing else");
}

/** `--no-branches`, or the variable of this machine: the functions' own say nothing of reports made here. */
export function reportsBranches(flag: boolean, env: NodeJS.ProcessEnv = process.env): boolean {
  return flag && readSettings(env).settings.branchCoverage;
}

export function formatTable(): string[][] {
  return formatNames.map((name) => [
    name,
    name === "text" ? "standard output" : formatDocs[name].main,
    formatDocs[name].doc,
  ]);
}
