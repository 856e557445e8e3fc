/** The options that choose code, the same on every command that combines. */
import type { Command } from "commander";
import { normalisePrefix } from "../contract/object-keys.ts";
import { CliError } from "./cli-error.ts";
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

export const optionalLocationHelp = `${locationHelp} (default: COVERAGE_S3_BUCKET and COVERAGE_S3_PREFIX)`;

/** What was typed, else the bucket that the layer's own variables name. Throws a CliError. */
export function locationOrSettings(typed: string | undefined, env: NodeJS.ProcessEnv = process.env): string {
  if (typed !== undefined) return typed;
  const { COVERAGE_S3_BUCKET: bucket, COVERAGE_S3_PREFIX: prefix } = env;
  if (bucket) return `s3://${bucket}/${normalisePrefix(prefix || defaultPrefix)}`;
  throw new CliError("NoLocation", "no location was given, and COVERAGE_S3_BUCKET is not set", {
    remedy: "Name s3://bucket/prefix or a folder, or set COVERAGE_S3_BUCKET (and COVERAGE_S3_PREFIX).",
    exit: "usage",
  });
}

const defaultPrefix = "coverage/";
