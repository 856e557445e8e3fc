/** `lambda-coverage layer publish`: the layer zip into one or many regions. */
import { Command, InvalidArgumentError } from "commander";
import type { RegionResult } from "../../release/publish-region.ts";
import type { Share } from "../../release/share.ts";
import { addExamples } from "../examples.ts";
import { exitCodes } from "../exit-codes.ts";
import { list } from "../option-parsers.ts";
import { processTerminal, type Terminal } from "../terminal.ts";
import { addFamilyOption, addRegionOptions, homeRegion, type LayerFlags } from "./layer-options.ts";

interface PublishFlags extends LayerFlags {
  shareWith?: string[];
  sameVersion?: true;
  dryRun?: true;
  concurrency: number;
}

export function layerPublishCommand(): Command {
  const command = new Command("publish")
    .summary("publish the layer in one or more regions")
    .description(
      "Publish the layer in one or more regions at once. Started again after a failure it goes on where it stopped: " +
        "a region whose latest version is this zip gets no other one.",
    );
  addFamilyOption(command).option("--zip <path>", "the layer's zip (default: the one of this package)");
  addRegionOptions(command)
    .option("--share-with <whom>", "let others use it: account number, organisation (o-…) or `public`", list)
    .option(
      "--same-version",
      "make the version number equal in all regions, by publishing more often where it is behind",
    )
    .option("--dry-run", "only say what would be done")
    .option("--concurrency <n>", "regions at a time", positive, 6);
  addExamples(command, [
    { what: "in one region", command: "lambda-coverage layer publish --regions eu-west-1" },
    {
      what: "what a world-wide release would do",
      command: "lambda-coverage layer publish --dry-run --regions all",
    },
    {
      what: "everywhere, one version number, for an organisation",
      command: "lambda-coverage layer publish --regions all --same-version --share-with o-a1b2c3d4e5",
    },
  ]);
  return command.action(async (flags: PublishFlags) => {
    process.exitCode = await publish(flags);
  });
}

function positive(value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number > 0) return number;
  throw new InvalidArgumentError("Allowed: a whole number from 1.");
}

async function publish(flags: PublishFlags): Promise<number> {
  const { readArchive } = await import("../../release/layer-archive.ts");
  const { validateArchive } = await import("../../release/validate-archive.ts");
  const { publishLayer } = await import("../../release/publish-layer.ts");
  const { expandRegions } = await import("../../release/regions.ts");
  const { parseShare } = await import("../../release/share.ts");
  const { LambdaClient } = await import("@aws-sdk/client-lambda");
  const { layerName } = await import("../../contract/runtimes.ts");

  const shares: Share[] = (flags.shareWith ?? []).map(parseShare);
  const archive = readArchive(flags.family, flags.zip);
  refuseBroken(await validateArchive(archive));
  const terminal = processTerminal();
  const regions = expandRegions(flags.regions ?? [homeRegion()], homeRegion());
  const results = await publishLayer({
    archive,
    regions,
    shares,
    layerName: flags.layerName ?? layerName[flags.family],
    client: (region) => new LambdaClient({ region, maxAttempts: 1 }),
    sameVersion: flags.sameVersion === true,
    dryRun: flags.dryRun === true,
    concurrency: flags.concurrency,
    onRegion: progress(terminal, flags),
  });
  return show(results, archive.version, flags, terminal);
}

function refuseBroken(problems: string[]): void {
  if (problems.length === 0) return;
  throw Object.assign(new Error(`The zip is not fit to be published: ${problems.join("; ")}.`), {
    code: "BadLayerZip",
    remedy: "Build it again: lambda-coverage layer build",
  });
}

function progress({ err }: Terminal, flags: PublishFlags): (result: RegionResult) => void {
  if (!err.isTerminal || flags.json === true) return () => undefined;
  return ({ region, state }) => err.write(`  ${region}: ${state}\n`);
}

async function show(
  results: RegionResult[],
  version: string,
  flags: PublishFlags,
  { out }: Terminal,
): Promise<number> {
  const { publishTable } = await import("../../release/region-table.ts");
  if (flags.json === true)
    out.write(`${JSON.stringify({ version, dryRun: flags.dryRun === true, regions: results }, null, 2)}\n`);
  else {
    if (flags.dryRun === true) out.write("Dry run: nothing is published.\n");
    out.write(publishTable(results));
  }
  const isBad = ({ state }: RegionResult) =>
    state === "failed" || (flags.dryRun !== true && state === "unknown");
  const isNowhere =
    flags.dryRun !== true && !results.some(({ state }) => state === "published" || state === "present");
  return results.some(isBad) || isNowhere ? exitCodes.failed.code : exitCodes.ok.code;
}
