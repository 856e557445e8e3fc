/** `lambda-coverage layer`: build, check, publish and list the Lambda layer. */
import { Command } from "commander";
import { layerBuildCommand, layerValidateCommand } from "./layer-build.ts";
import { layerListCommand } from "./layer-list.ts";
import { layerPublishCommand } from "./layer-publish.ts";

export function layerCommand(): Command {
  return new Command("layer")
    .summary("build, check, publish and list the Lambda layer")
    .description("Build, check, publish and list the Lambda layer.")
    .addCommand(layerBuildCommand())
    .addCommand(layerValidateCommand())
    .addCommand(layerPublishCommand())
    .addCommand(layerListCommand());
}
