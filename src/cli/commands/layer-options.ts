/** Options that the layer commands share. */
import { type Command, Option } from "commander";
import type { RuntimeFamily } from "../../contract/runtimes.ts";
import { list } from "../option-parsers.ts";

export interface LayerFlags {
  family: RuntimeFamily;
  layerName?: string;
  zip?: string;
  regions?: string[];
  json?: true;
}

export function addFamilyOption(command: Command): Command {
  return command.addOption(
    new Option("--family <name>", "which layer").choices(["nodejs", "python"]).default("nodejs"),
  );
}

export function addRegionOptions(command: Command): Command {
  return command
    .option(
      "--regions <list>",
      "comma-separated regions, or `all` of the partition (default: AWS_REGION)",
      list,
    )
    .option("--layer-name <name>", "the layer's name (default: lambda-coverage-layer[-python])")
    .option("--json", "print the result as JSON");
}

/** The region that the credentials are for. */
export function homeRegion(env: NodeJS.ProcessEnv = process.env): string {
  return env.AWS_REGION || env.AWS_DEFAULT_REGION || "us-east-1";
}
