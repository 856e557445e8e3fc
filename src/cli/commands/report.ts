/** `lambda-coverage report`: reports again, out of a stored combined report or any Istanbul JSON. */
import { existsSync } from "node:fs";
import path from "node:path";
import { Command } from "commander";
import type { CoverageMapData } from "istanbul-lib-coverage";
import type { PythonFileCoverage } from "../../combine/index.ts";
import { coverageSuffix } from "../../contract/object-keys.ts";
import { formatDocs } from "../../report/format-names.ts";
import { coverageMapProblem, pythonFigures } from "../../report/from-istanbul.ts";
import type { CollectionJson, CoverageJson } from "../../report/index.ts";
import { isFolder } from "../../store/location.ts";
import { CliError } from "../cli-error.ts";
import { emitReports, type ReportFlags } from "../emit-reports.ts";
import { addExamples } from "../examples.ts";
import { addReportOptions, reportsBranches } from "../report-options.ts";
import { readSources } from "../source-files.ts";
import { processTerminal } from "../terminal.ts";
import { packageVersion } from "../version.ts";

type Flags = ReportFlags & { root: string };

export function reportCommand(): Command {
  const command = new Command("report")
    .summary("write reports again, or join them with others")
    .description(
      "Write reports out of a combined report (the JSON that `combine --output-key` stored) or of any Istanbul coverage-final.json. Several are added up: e.g. unit tests and what ran in Lambda. (A partial sum, a .coverage file, is for `combine`.)",
    )
    .argument("<files...>", "combined JSON or coverage-final.json, in a bucket or a folder");
  addReportOptions(command).option("--root <dir>", "repository root: sources are read below it", ".");
  addExamples(command, [
    {
      what: "another format of a stored report",
      command: "lambda-coverage report s3://my-bucket/coverage/combined/daily-report.json --format cobertura",
    },
    {
      what: "unit tests and Lambda in one report",
      command:
        "lambda-coverage report coverage/coverage-final.json coverage-report/coverage-final.json --out both",
    },
  ]);
  return command.action(async (files: string[], flags: Flags) => {
    process.exitCode = await run(files, flags);
  });
}

async function run(files: string[], flags: Flags): Promise<number> {
  const startedAt = performance.now();
  const { inputFromIstanbul, relativePaths } = await import("../../report/index.ts");
  const root = path.resolve(flags.root);
  const read = await Promise.all(files.map(readReport));
  const maps = read.map(({ map }) => relativePaths(map, root.split(path.sep).join("/")));
  const input = inputFromIstanbul({
    maps,
    sources: await readSources(root, new Set(maps.flatMap((map) => Object.keys(map)))),
    python: new Map(read.flatMap(({ python }) => python)),
    collections: read.flatMap(({ collection }) => collection ?? []),
    location: files.join(", "),
    generatedAt: new Date(),
    branches: reportsBranches(flags.branches),
    version: packageVersion(),
  });
  if (input.model.files.length === 0) {
    throw new CliError("NoMappedCode", `${files.join(", ")} holds no code`, {
      remedy: "Is it the right file? An empty report is an error, not 100 %.",
      exit: "noCoverage",
    });
  }
  return emitReports({ input, flags, terminal: processTerminal(), startedAt });
}

interface ReadReport {
  map: CoverageMapData;
  collection: CollectionJson | undefined;
  python: [string, PythonFileCoverage][];
}

async function readReport(location: string): Promise<ReadReport> {
  const value = await readJson(location);
  if (!isCombined(value)) return { map: checkMap(value, location), collection: undefined, python: [] };
  const beside = location.replace(/\.json$/i, "/coverage-final.json");
  return {
    map: checkMap(await readJson(beside), beside),
    collection: value.meta.lambda_coverage,
    python: pythonFigures(value),
  };
}

function isCombined(value: unknown): value is CoverageJson {
  const { meta, files } = (value ?? {}) as Partial<CoverageJson>;
  return typeof meta === "object" && typeof files === "object" && meta.lambda_coverage !== undefined;
}

function checkMap(value: unknown, location: string): CoverageMapData {
  const problem = coverageMapProblem(value);
  if (problem === undefined) return value as CoverageMapData;
  throw new CliError("NotAReport", `${location} is no coverage report: ${problem}`, {
    remedy: "Name a coverage-final.json, or the JSON that `combine --output-key` stored.",
    exit: "usage",
  });
}

/** First byte of gzip: a coverage file or a partial sum, whatever it was renamed to. */
const gzipMagic = 0x1f;

function counters(location: string): CliError {
  return new CliError(
    "NotAReport",
    `${location} is a coverage file or a partial sum: counters, not yet a report`,
    {
      remedy: `Combine it: lambda-coverage combine ${location}`,
      exit: "usage",
    },
  );
}

/** What is named is a folder of this machine: the report in it, or the coverage files. */
function folder(location: string): CliError {
  const inside = path.join(location, formatDocs.json.main);
  return new CliError("NotAReport", `${location} is a folder, not a report`, {
    remedy: existsSync(inside)
      ? `Name the report in it: ${inside}`
      : `Name a coverage-final.json. If it holds coverage files: lambda-coverage combine ${location}`,
    exit: "usage",
  });
}

function notJson(location: string, text: string, error: unknown): CliError {
  const isLcov = /^(?:TN|SF):/m.test(text);
  const problem = isLcov ? "is lcov, which names no statements" : `is not JSON: ${(error as Error).message}`;
  return new CliError("NotAReport", `${location} ${problem.slice(0, 200)}`, {
    remedy: isLcov
      ? "Have the tool write Istanbul's JSON (reporter json: coverage-final.json), and name that."
      : "Name a coverage-final.json, or the JSON that `combine --output-key` stored.",
    exit: "usage",
    cause: error,
  });
}

async function readJson(location: string): Promise<unknown> {
  if (isFolder(location)) throw folder(location);
  const { openObject } = await import("../../store/open-store.ts");
  const { store, key } = await openObject(location);
  const bytes = await store.get(key);
  if (key.endsWith(coverageSuffix) || bytes[0] === gzipMagic) throw counters(location);
  const text = Buffer.from(bytes).toString("utf8");
  try {
    return JSON.parse(text);
  } catch (error) {
    throw notJson(location, text, error);
  }
}
