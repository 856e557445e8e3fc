/** `lambda-coverage load-test`: invoke functions, then hold every request against the coverage in the bucket. */
import path from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { normalisePrefix } from "../../contract/object-keys.ts";
import { layerRuntimes } from "../../contract/runtimes.ts";
import type { LoadTestOptions } from "../../load-test/run-load-test.ts";
import type { LoadTestReport } from "../../load-test/summary.ts";
import type { NodeRuntime } from "../../local/index.ts";
import { CliError } from "../cli-error.ts";
import { addExamples } from "../examples.ts";
import { exitCodes } from "../exit-codes.ts";
import { startLoadTestProgress } from "../load-test-progress.ts";
import { renderLoadTest } from "../load-test-text.ts";
import { list } from "../option-parsers.ts";
import { shortPath } from "../short-path.ts";
import { processTerminal } from "../terminal.ts";
import { typedCommand } from "../typed-command.ts";

interface Flags {
  functions?: string[];
  bucket?: string;
  prefix?: string;
  iterations: number;
  workers: number;
  endpointUrl?: string;
  events?: string;
  wait: number;
  runtime: NodeRuntime;
  directory: string;
  bare: boolean;
  json?: boolean;
}

export function loadTestCommand(): Command {
  const command = new Command("load-test")
    .summary("invoke functions, and check that all their coverage arrived")
    .description(
      "Send events to functions that have the layer, then hold the request id of every invocation against the coverage files in the bucket. Without --functions: the testing stack's functions in a local Lambda, each bare beside it. Exits with 6 when coverage is missing.",
    )
    .option("--functions <names>", "deployed functions, names or ARNs, comma-separated", list)
    .option("--bucket <name>", "bucket that the functions' coverage goes to (default: COVERAGE_S3_BUCKET)")
    .option("--prefix <prefix>", "their COVERAGE_S3_PREFIX (default: this variable here, else coverage/)")
    .option("--iterations <n>", "how often each event is sent to each function", count, 2)
    .option("--workers <n>", "invocations at once", count, 3)
    .option(
      "--endpoint-url <url>",
      "of Lambda's API (default: AWS, or AWS_ENDPOINT_URL_LAMBDA); S3 has AWS_ENDPOINT_URL_S3",
    )
    .option("--events <file>", "JSON: [event, …] for every function, or such lists by function name")
    .option("--wait <seconds>", "how long coverage may take to arrive after the last answer", seconds, 30)
    .addOption(
      new Option("--runtime <runtime>", "of the local functions")
        .choices(layerRuntimes.nodejs)
        .default("nodejs24.x"),
    )
    .option("--directory <folder>", "where the local bucket is kept as files", ".lambda-coverage")
    .option("--no-bare", "local: do not call the functions without the layer too")
    .option("--json", "print the result as JSON, and nothing else");
  addExamples(command, [
    { what: "the testing stack's functions on this machine", command: "lambda-coverage load-test" },
    {
      what: "deployed functions",
      command:
        "lambda-coverage load-test --functions orders,stock --bucket my-bucket --events events.json --iterations 5",
    },
    {
      what: "a function that `lambda-coverage local` serves (export what it prints first)",
      command: "lambda-coverage load-test --functions orders --bucket coverage-local --events events.json",
    },
  ]);
  return command.action(async (flags: Flags) => {
    process.exitCode = await run(flags);
  });
}

async function run(flags: Flags): Promise<number> {
  const terminal = processTerminal();
  const progress = startLoadTestProgress(terminal.err, flags.json === true);
  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort(interrupted());
  process.once("SIGINT", onInterrupt);
  try {
    const common = {
      iterations: flags.iterations,
      workers: flags.workers,
      patienceMs: flags.wait * 1000,
      onProgress: progress.update,
      signal: interrupt.signal,
    };
    const report = await (flags.functions === undefined ? local(flags, common) : deployed(flags, common));
    progress.stop();
    terminal.out.write(
      flags.json ? `${JSON.stringify(report, undefined, 2)}\n` : renderLoadTest(report, terminal.out),
    );
    if (flags.functions === undefined && !flags.json) {
      terminal.err.write(`\nreport: ${typedCommand()} combine ${shortPath(await bucketFolder(flags))}\n`);
    }
    return exitCodeOf(report);
  } finally {
    progress.stop();
    process.off("SIGINT", onInterrupt);
  }
}

type Common = Pick<LoadTestOptions, "iterations" | "workers" | "patienceMs"> &
  Partial<Pick<LoadTestOptions, "onProgress" | "signal">>;

async function deployed(flags: Flags, common: Common): Promise<LoadTestReport> {
  const { openS3Store } = await import("../../store/s3-store.ts");
  const { createInvoker } = await import("../../load-test/invoker.ts");
  const { runLoadTest } = await import("../../load-test/run-load-test.ts");
  const endpoint = flags.endpointUrl ?? (process.env.AWS_ENDPOINT_URL_LAMBDA || undefined);
  const { invoke, close } = createInvoker(
    flags.endpointUrl === undefined ? {} : { endpoint: flags.endpointUrl },
  );
  try {
    return await runLoadTest({
      ...common,
      target: endpoint ?? "AWS",
      functions: flags.functions ?? [],
      events: await eventsOf(flags),
      bare: false,
      invoke,
      store: await openS3Store(bucketOf(flags)),
      prefix: normalisePrefix(flags.prefix ?? (process.env.COVERAGE_S3_PREFIX || "coverage/")),
    });
  } finally {
    close();
  }
}

async function local(flags: Flags, common: Common): Promise<LoadTestReport> {
  const stray = (["bucket", "prefix", "endpointUrl", "events"] as const).find(
    (name) => flags[name] !== undefined,
  );
  if (stray !== undefined) throw withoutFunctions(stray);
  const { localBucket, localFunctions, startLocalStack } = await import("../../load-test/local-stack.ts");
  const { createInvoker } = await import("../../load-test/invoker.ts");
  const { runLoadTest } = await import("../../load-test/run-load-test.ts");
  const { openS3Store } = await import("../../store/s3-store.ts");
  const stack = await startLocalStack({
    directory: path.resolve(flags.directory),
    runtime: flags.runtime,
    bare: flags.bare,
    environments: flags.workers * localFunctions.length * 2,
  });
  const { region, accessKeyId, secretAccessKey } = stack.s3;
  const access = { region, credentials: { accessKeyId, secretAccessKey } };
  const { invoke, close } = createInvoker({ ...access, endpoint: stack.lambda.endpoint });
  try {
    return await runLoadTest({
      ...common,
      target: `local Lambda, ${flags.runtime}`,
      functions: localFunctions,
      events: await eventsOf(flags),
      bare: flags.bare,
      localEvents: () => stack.lambda.events(),
      invoke,
      store: await openS3Store(localBucket, { ...access, endpoint: stack.s3.endpoint }),
      prefix: "coverage/",
    });
  } finally {
    close();
    await stack.stop();
  }
}

async function eventsOf({ events }: Flags) {
  const { defaultEvents, readEvents } = await import("../../load-test/payload-sets.ts");
  return events === undefined ? defaultEvents : readEvents(events);
}

async function bucketFolder({ directory }: Flags): Promise<string> {
  const { localBucket } = await import("../../load-test/local-stack.ts");
  return path.join(directory, localBucket);
}

/** Missing coverage is what this command is about; a failed invocation comes second. */
function exitCodeOf({ coverage, failures }: LoadTestReport): number {
  if (coverage.missing.length > 0) return exitCodes.coverageMissing.code;
  return failures.length > 0 ? exitCodes.loadTestFailed.code : exitCodes.ok.code;
}

function bucketOf({ bucket }: Flags): string {
  const name = bucket ?? process.env.COVERAGE_S3_BUCKET;
  if (name) return name.replace(/^s3:\/\//, "").replace(/\/.*$/, "");
  throw new CliError("LoadTestBucket", "the functions' bucket is not known", {
    remedy: "Name it by --bucket, or set COVERAGE_S3_BUCKET.",
    exit: "usage",
  });
}

function withoutFunctions(name: string): CliError {
  const option = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  return new CliError("LoadTestUsage", `${option} needs --functions`, {
    remedy: "Name the deployed functions, or leave both out for the local ones.",
    exit: "usage",
  });
}

function interrupted(): CliError {
  return new CliError("Interrupted", "interrupted; coverage was not checked", {
    remedy: "Run the command again to start over.",
    exit: "interrupted",
  });
}

function count(value: string): number {
  const parsed = Number(value);
  if (!Number.isInteger(parsed) || parsed < 1)
    throw new InvalidArgumentError("It is a whole number above 0.");
  return parsed;
}

function seconds(value: string): number {
  const parsed = Number(value);
  if (!(parsed >= 0) || value.trim() === "") throw new InvalidArgumentError("It is a number of seconds.");
  return parsed;
}
