/** `lambda-coverage layer list`: what is published where. */
import { Command } from "commander";
import { addExamples } from "../examples.ts";
import { exitCodes } from "../exit-codes.ts";
import { processTerminal } from "../terminal.ts";
import { addFamilyOption, addRegionOptions, homeRegion, type LayerFlags } from "./layer-options.ts";

export function layerListCommand(): Command {
  const command = new Command("list")
    .summary("show the newest published version in each region")
    .description("Show the newest published version in each region, and whether it is this package's build.");
  addRegionOptions(addFamilyOption(command)).option(
    "--zip <path>",
    "compare with this zip (default: the one of this package)",
  );
  addExamples(command, [{ what: "everywhere", command: "lambda-coverage layer list --regions all" }]);
  return command.action(async (flags: LayerFlags) => {
    process.exitCode = await listRegions(flags);
  });
}

async function listRegions(flags: LayerFlags): Promise<number> {
  const { builtArchivePath, readArchive } = await import("../../release/layer-archive.ts");
  const { listLayer } = await import("../../release/list-layer.ts");
  const { listTable } = await import("../../release/region-table.ts");
  const { expandRegions } = await import("../../release/regions.ts");
  const { LambdaClient } = await import("@aws-sdk/client-lambda");
  const { layerName } = await import("../../contract/runtimes.ts");
  const { existsSync } = await import("node:fs");

  const isBuilt = flags.zip !== undefined || existsSync(builtArchivePath(flags.family));
  const rows = await listLayer({
    layerName: flags.layerName ?? layerName[flags.family],
    regions: expandRegions(flags.regions ?? [homeRegion()], homeRegion()),
    client: (region) => new LambdaClient({ region }),
    ...(isBuilt ? { codeSha256: readArchive(flags.family, flags.zip).codeSha256 } : {}),
  });
  const { out } = processTerminal();
  out.write(flags.json === true ? `${JSON.stringify({ regions: rows }, null, 2)}\n` : listTable(rows));
  const isFailed = rows.every((row) => row.problem !== undefined);
  return isFailed ? exitCodes.failed.code : exitCodes.ok.code;
}
