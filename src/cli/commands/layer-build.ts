/** `lambda-coverage layer build` and `validate`. */
import { spawn } from "node:child_process";
import { Command } from "commander";
import { CliError } from "../cli-error.ts";
import { addExamples } from "../examples.ts";
import { exitCodes } from "../exit-codes.ts";
import { formatBytes } from "../progress.ts";
import { processTerminal } from "../terminal.ts";
import { addFamilyOption, type LayerFlags } from "./layer-options.ts";

export function layerBuildCommand(): Command {
  const command = new Command("build")
    .summary("build the layer zip, its checksum and its bill of materials")
    .description(
      "Build the layer zip in a clone of the repository, with a checksum (.sha256) and a CycloneDX bill of materials " +
        "(.cdx.json) beside it. The installed package brings its layer built.",
    );
  addExamples(command, [{ what: "into dist/", command: "lambda-coverage layer build" }]);
  return command.action(build);
}

async function build(): Promise<void> {
  const { repositoryFolder } = await import("../../release/describe-layer.ts");
  const { isRepository } = await import("../../release/bundled-packages.ts");
  if (!isRepository(repositoryFolder)) {
    throw new CliError("NotAClone", "This is an installed package: its layer is built already.", {
      remedy: "Publish it: lambda-coverage layer publish. To build another one, clone the repository.",
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    const child = spawn("npm", ["run", "--silent", "build:layer"], {
      cwd: repositoryFolder,
      stdio: "inherit",
    });
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) {
    throw new CliError("BuildFailed", "The layer could not be built.", {
      remedy: "See the messages above.",
    });
  }
}

export function layerValidateCommand(): Command {
  const command = new Command("validate")
    .summary("check a layer zip: files, modes, sizes, version, checksum")
    .description("Check a layer zip: files, modes, sizes, version, checksum.")
    .argument("[zip]", "default: the one of this package");
  addFamilyOption(command);
  addExamples(command, [
    { what: "the layer of this package", command: "lambda-coverage layer validate" },
    { what: "a downloaded one", command: "lambda-coverage layer validate ./lambda-coverage-layer-0.1.0.zip" },
  ]);
  return command.action(async (zip: string | undefined, flags: LayerFlags) => {
    process.exitCode = await validate(zip, flags);
  });
}

async function validate(zip: string | undefined, { family }: LayerFlags): Promise<number> {
  const { readArchive } = await import("../../release/layer-archive.ts");
  const { validateArchive } = await import("../../release/validate-archive.ts");
  const archive = readArchive(family, zip);
  const { out } = processTerminal();
  const problems = await validateArchive(archive);
  out.write(`${archive.path}\n  ${formatBytes(archive.bytes.length)}, sha256 ${archive.sha256}\n`);
  for (const problem of problems) out.write(`  problem: ${problem}\n`);
  if (problems.length === 0) out.write("  fine: files, modes, sizes, version, checksum\n");
  return problems.length === 0 ? exitCodes.ok.code : exitCodes.failed.code;
}
