/** `lambda-coverage combine`: every coverage file below a prefix, into reports. */
import { Command, Option } from "commander";
import { emitReports, type ReportFlags } from "../emit-reports.ts";
import { addExamples } from "../examples.ts";
import { byFunction, outputKey } from "../option-parsers.ts";
import { addReportOptions, reportsBranches } from "../report-options.ts";
import { runCombine, type SelectionFlags } from "../run-combine.ts";
import { addSelectionOptions, locationOrSettings, optionalLocationHelp } from "../selection-options.ts";
import { processTerminal } from "../terminal.ts";
import { packageVersion } from "../version.ts";
import { writeSum } from "../write-sum.ts";

type Flags = SelectionFlags & Omit<ReportFlags, "outputKey"> & { outputKey?: string | true; sum?: string };

export function combineCommand(): Command {
  const command = new Command("combine")
    .summary("combine coverage files into reports")
    .description("Combine every coverage file below a prefix and report it by original source.")
    .argument("[location]", optionalLocationHelp);
  addReportOptions(command).option(
    "--output-key [key]",
    "store the combined JSON at this key of the bucket, and the other formats in a folder of its stem",
    outputKey,
  );
  addSelectionOptions(command);
  command
    .option("--by <what>", "`function`: figures per Lambda function too", byFunction)
    .option("--strict", "fail at the first coverage file that cannot be used, instead of listing it")
    .addOption(
      new Option(
        "--sum <out>",
        "make no report: store the sum of the files, a coverage file itself, as this file or s3://bucket/key",
      ).conflicts(["outputKey", "failUnder", "by", "all"]),
    );
  addExamples(command, [
    { what: "everything in the bucket", command: "lambda-coverage combine s3://my-bucket/coverage/" },
    { what: "one day", command: "lambda-coverage combine s3://my-bucket/coverage/2026/11/20/" },
    {
      what: "one function on one day",
      command: "lambda-coverage combine 's3://my-bucket/coverage/2026/11/20/orders-*'",
    },
    {
      what: "in CI: fail below a threshold, and write a step summary",
      command:
        "lambda-coverage combine s3://my-bucket/coverage/ --fail-under statements=80,branches=70 --format markdown,lcov",
    },
    {
      what: "a copy of the bucket, with files of src/ that nothing loaded counted as uncovered",
      command: "lambda-coverage combine ./bucket --all src",
    },
    {
      what: "spread over machines: each adds up a part, say a day",
      command:
        "lambda-coverage combine s3://my-bucket/coverage/2026/11/20/ --sum s3://my-bucket/coverage/sums/2026-11-20.coverage",
    },
    {
      what: "then one of them reports the sums",
      command: "lambda-coverage combine s3://my-bucket/coverage/sums/",
    },
  ]);
  return command.action(async (location: string | undefined, flags: Flags) => {
    process.exitCode = await run(locationOrSettings(location), flags);
  });
}

async function run(location: string, flags: Flags): Promise<number> {
  const startedAt = performance.now();
  const terminal = processTerminal();
  const { openStore } = await import("../../store/open-store.ts");
  const opened = await openStore(location);
  if (flags.sum !== undefined) return writeSum({ opened, out: flags.sum, flags, terminal, startedAt });
  const { outputKey: option, ...rest } = flags;
  const key = await outputKeyOf(option, opened.prefix);
  const result = await runCombine({ opened, flags, terminal, quiet: flags.json === true });
  const { reportInput } = await import("../../report/index.ts");
  const input = reportInput(result, {
    location,
    generatedAt: new Date(),
    branches: reportsBranches(flags.branches),
    version: packageVersion(),
  });
  return emitReports({
    input,
    flags: { ...rest, ...(key !== undefined && { outputKey: key }) },
    terminal,
    startedAt,
    store: opened.store,
  });
}

async function outputKeyOf(option: string | true | undefined, prefix: string): Promise<string | undefined> {
  if (option !== true) return option;
  const { formatCombinedKey } = await import("../../contract/object-keys.ts");
  return formatCombinedKey(prefix, new Date());
}
