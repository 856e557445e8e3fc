/** The options that choose code, the same on every command that combines. */
import type { Command } from "commander";
import { list } from "./option-parsers.ts";

/** `all: false`: for commands to which code that nothing loaded means nothing. */
export function addSelectionOptions(command: Command, { all = true } = {}): Command {
  command
    .option(
      "--include <globs>",
      "original sources to report, comma-separated (default: the functions' own)",
      list,
    )
    .option(
      "--exclude <globs>",
      "original sources to leave out (default: the functions' own, else node_modules)",
      list,
    )
    .option("--root <dir>", "repository root that source paths are shown relative to", ".");
  if (all)
    command.option(
      "--all <dirs>",
      "count sources below these folders that nothing loaded as uncovered",
      list,
    );
  return command.option(
    "--scripts <dir>",
    "deployed code, where COVERAGE_UPLOAD_SOURCES=false kept it out of the bucket",
  );
}

export const locationHelp = "s3://bucket/prefix, a folder with the bucket's layout, or one coverage file";
