/** `lambda-coverage probe`: probed copies of a function's files, put into its package. */
import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { Command } from "commander";
import type { ProbedPackage, ProbeFolderOptions } from "../../probe-package/index.ts";
import { CliError } from "../cli-error.ts";
import { addExamples } from "../examples.ts";
import { exitCodes } from "../exit-codes.ts";
import { list } from "../option-parsers.ts";
import { type CheckedPackage, checkText, probeText } from "../probe-text.ts";
import { startProbeProgress } from "../progress.ts";
import { processTerminal, type Terminal } from "../terminal.ts";

interface Flags {
  check?: true;
  remove?: true;
  include?: string[];
  exclude?: string[];
  keepSource?: string[];
  maps?: string;
  json?: true;
}

export function probeCommand(): Command {
  const command = new Command("probe")
    .summary("put probed copies of a function's files into its package: exact coverage, nearly free")
    .description(
      "Put probed copies of a function's JavaScript into its package, in the folder lambda-coverage-probes/. The layer runs them in place of the originals, which stay as they are. Probe what is deployed, after the build and before code signing.",
    )
    .argument("<packages...>", "folders or zips, each of one function")
    .option(
      "--check",
      "write nothing: probe again with the same options and compare; exit 8 where a package's probes are not those",
    )
    .option("--remove", "take the probes out again")
    .option("--include <globs>", "files to probe, comma-separated (default: all .js, .mjs and .cjs)", list)
    .option("--exclude <globs>", "files to leave as they are (default: **/node_modules/**)", list)
    .option(
      "--keep-source <names>",
      "functions to leave as they are, since their text is read or sent elsewhere; * is any characters",
      list,
    )
    .option(
      "--maps <dir>",
      "write each copy there with its map under a debug id of its own, to upload to Sentry or the like",
    )
    .option("--json", "print what was done as JSON");
  addExamples(command, [
    { what: "a build's folder", command: "lambda-coverage probe dist/orders" },
    { what: "every function of a SAM build", command: "lambda-coverage probe .aws-sam/build/*/" },
    {
      what: "in CI: is the committed zip probed as it is now?",
      command: "lambda-coverage probe --check dist/orders.zip",
    },
    {
      what: "stacks in Sentry go on leading to the sources",
      command: "lambda-coverage probe dist/orders --maps maps && sentry-cli sourcemaps upload maps",
    },
  ]);
  return command.action(async (packages: string[], flags: Flags) => {
    process.exitCode = await run(packages, flags);
  });
}

async function run(packages: readonly string[], flags: Flags): Promise<number> {
  if (flags.check === true && flags.remove === true) {
    throw new CliError("CheckOrRemove", "--check and --remove exclude each other.", {
      remedy: "Give one of them.",
      exit: "usage",
    });
  }
  for (const each of packages) refuseMissing(each);
  const terminal = processTerminal();
  if (flags.remove === true) return removeAll(packages, flags, terminal);
  return flags.check === true ? checkAll(packages, flags, terminal) : probeAll(packages, flags, terminal);
}

function refuseMissing(path: string): void {
  if (existsSync(path)) return;
  throw new CliError("NoSuchPackage", `There is no ${path}.`, {
    remedy: "Build the function first, or correct the path.",
    exit: "usage",
  });
}

async function probeAll(packages: readonly string[], flags: Flags, { out, err }: Terminal): Promise<number> {
  const { probeFolder, probeZip } = await import("../../probe-package/index.ts");
  const probed = await eachProbed(packages, flags, { out, err }, (path, options) =>
    isFolder(path) ? probeFolder(path, options) : probeZip(path, options),
  );
  const isMended = flags.maps !== undefined || process.env.COVERAGE_STACKS === "true";
  if (flags.json === true) {
    const rows = probed.map(({ path, report }) => ({ package: path, ...report }));
    out.write(`${JSON.stringify({ packages: rows }, null, 2)}\n`);
  } else out.write(probeText(probed, { isMended, out }));
  return exitCodes.ok.code;
}

async function checkAll(packages: readonly string[], flags: Flags, terminal: Terminal): Promise<number> {
  const { differences, planProbes, planZip, readProbes, readProbesOfZip } = await import(
    "../../probe-package/index.ts"
  );
  const planned = await eachProbed(packages, { ...flags, json: true }, terminal, (path, options) =>
    isFolder(path) ? planProbes(path, options) : planZip(path, options),
  );
  const checked: CheckedPackage[] = [];
  for (const { path, contents, report } of planned) {
    const there = isFolder(path) ? readProbes(resolve(path)) : await readProbesOfZip(path);
    checked.push({ package: path, files: report.files, differences: differences(there, contents) });
  }
  const { out } = terminal;
  if (flags.json === true) out.write(`${JSON.stringify({ packages: checked }, null, 2)}\n`);
  else out.write(checkText(checked, out));
  const isSame = checked.every((each) => each.differences.length === 0);
  return isSame ? exitCodes.ok.code : exitCodes.probesDiffer.code;
}

async function removeAll(packages: readonly string[], flags: Flags, { out }: Terminal): Promise<number> {
  const { removeProbes, removeProbesFromZip } = await import("../../probe-package/index.ts");
  const rows = [];
  for (const path of packages) {
    const removed = isFolder(path) ? removeProbes(resolve(path)) : await removeProbesFromZip(path);
    rows.push({ package: path, removed });
    if (flags.json !== true) out.write(`${path}: ${removed ? "probes removed" : "there were no probes"}\n`);
  }
  if (flags.json === true) out.write(`${JSON.stringify({ packages: rows }, null, 2)}\n`);
  return exitCodes.ok.code;
}

type ProbeOne = (path: string, options: ProbeFolderOptions) => Promise<ProbedPackage>;

async function eachProbed(
  packages: readonly string[],
  flags: Flags,
  { err }: Terminal,
  probeOne: ProbeOne,
): Promise<(ProbedPackage & { path: string })[]> {
  const { writeUploadMap } = await import("../../probe-package/index.ts");
  const probed = [];
  for (const path of packages) {
    const progress = startProbeProgress(err, path);
    const { include, exclude, maps } = flags;
    const options: ProbeFolderOptions = {
      include,
      exclude,
      onProgress: progress.update,
      ...(maps === undefined
        ? {}
        : { onMap: (upload) => (flags.check === true ? undefined : writeUploadMap(maps, upload)) }),
    };
    try {
      probed.push({ path, ...(await probeOne(path, options)) });
    } finally {
      progress.stop();
    }
  }
  return probed;
}

function isFolder(path: string): boolean {
  return statSync(path).isDirectory();
}
