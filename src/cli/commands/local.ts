/** `lambda-coverage local`: a function with the layer in a local Lambda, its coverage in a local bucket. */
import { once } from "node:events";
import { closeSync, existsSync, openSync, readFileSync, readSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { Command, InvalidArgumentError, Option } from "commander";
import {
  execWrapperVariable,
  layerName,
  layerRuntimes,
  type RuntimeFamily,
  wrapperPath,
} from "../../contract/runtimes.ts";
import { layerVersion } from "../../contract/version.ts";
import type {
  InvokeResult,
  LocalFunctionConfig,
  LocalLambda,
  LocalRuntime,
  LocalS3,
} from "../../local/index.ts";
import { isFolder } from "../../store/location.ts";
import { CliError } from "../cli-error.ts";
import { addExamples } from "../examples.ts";
import type { ProbedCopy } from "../probed-copy.ts";
import { type Output, processTerminal, type Terminal } from "../terminal.ts";
import { typedCommand } from "../typed-command.ts";

interface Flags {
  handler?: string;
  name?: string;
  runtime: LocalRuntime;
  layer: string[] | false;
  collector: "probes" | "v8";
  env: Record<string, string>;
  invoke: string[];
  timeout: number;
  memory: number;
  port?: number;
  s3Port?: number;
  bucket: string;
  directory: string;
  json?: boolean;
}

const runtimes = [...layerRuntimes.nodejs, "nodejs26.x", ...layerRuntimes.python];
const codeFile = /\.(?:[cm]?js|py)$/;

export function localCommand(): Command {
  const command = new Command("local")
    .summary("run a function with the layer in a local Lambda")
    .description(
      "Run a function on loopback as Lambda would: real runtime client, layer and exec wrapper, freeze and thaw, timeouts. Coverage goes to a local bucket. Without --invoke it serves Lambda's Invoke API until Ctrl-C.",
    )
    .argument("<code>", "folder or zip of the function, or one file of it (a bundle; .js, .mjs, .cjs or .py)")
    .option(
      "--handler <handler>",
      "file.export, as on Lambda (default: the file's `handler`, else index.handler)",
    )
    .option("--name <name>", "function name (default: the name of the folder or file)")
    .addOption(new Option("--runtime <runtime>", "managed runtime").choices(runtimes).default("nodejs24.x"))
    .option(
      "--layer <path>",
      "layer zip or folder, may be given again (default: this package's layer)",
      repeated,
    )
    .option("--no-layer", "no layer: the function bare")
    .addOption(
      new Option(
        "--collector <collector>",
        "probes in a copy of the code that is made now, or V8's own counters",
      )
        .choices(["probes", "v8"])
        .default("probes"),
    )
    .option("--env <NAME=value>", "variable of the function, may be given again", variable, {})
    .option(
      "--invoke <event>",
      "invoke with this JSON file, JSON text or - (stdin), may be given again; then end",
      repeated,
      [],
    )
    .option("--timeout <seconds>", "the function's timeout", positive, 3)
    .option("--memory <MB>", "the function's memory size", positive, 128)
    .option("--port <port>", "port of the Invoke API (default: a free one)", port)
    .option("--s3-port <port>", "port of the S3-protocol server (default: a free one)", port)
    .option("--bucket <name>", "name of the local bucket", "coverage-local")
    .option("--directory <folder>", "where the bucket is kept as files", ".lambda-coverage")
    .option("--json", "print results as JSON lines");
  addExamples(command, [
    { what: "one event, then the report", command: "lambda-coverage local ./dist --invoke event.json" },
    {
      what: "a bundle, two events, on Node.js 22",
      command: `lambda-coverage local build/app.js --runtime nodejs22.x --invoke '{"id":1}' --invoke '{"id":2}'`,
    },
    {
      what: "serve it; the AWS CLI and SDKs invoke it by --endpoint-url",
      command: "lambda-coverage local ./dist --name orders --port 3001",
    },
  ]);
  return command.action(async (code: string, flags: Flags) => {
    process.exitCode = await run(code, flags);
  });
}

async function run(code: string, flags: Flags): Promise<number> {
  const terminal = processTerminal();
  const config = functionConfig(code, flags);
  const probed = await probedOf(config, flags, terminal);
  try {
    return await runFunction({ ...config, code: probed?.code ?? config.code }, flags, terminal);
  } finally {
    probed?.remove();
  }
}

/** Undefined: V8 counts, or nothing does. */
async function probedOf(
  { code, runtime, layers = [] }: LocalFunctionConfig,
  { collector }: Flags,
  terminal: Terminal,
): Promise<ProbedCopy | undefined> {
  if (collector === "v8" || layers.length === 0 || runtime.startsWith("python")) return undefined;
  const { probedCopy } = await import("../probed-copy.ts");
  const probed = await probedCopy(code);
  if (probed.problem !== undefined) {
    terminal.err.write(`lambda-coverage: V8 counts, since nothing is probed: ${probed.problem}\n`);
  }
  return probed;
}

async function runFunction(config: LocalFunctionConfig, flags: Flags, terminal: Terminal): Promise<number> {
  const events = await Promise.all(flags.invoke.map(readEvent));
  const { startLocalLambda, startLocalS3 } = await import("../../local/index.ts");
  const directory = resolve(flags.directory);
  const s3 = await startLocalS3({
    buckets: [flags.bucket],
    directory,
    ...(flags.s3Port === undefined ? {} : { port: flags.s3Port }),
  });
  try {
    const lambda = await startLocalLambda({ s3, ...(flags.port === undefined ? {} : { port: flags.port }) });
    try {
      await lambda.createFunction(config);
      if (events.length > 0) return await invokeAll(lambda, config, events, flags, terminal);
      await serve(lambda, s3, config, flags, terminal.out);
      await lambda.shutdown();
      return 0;
    } finally {
      await lambda.stop();
    }
  } finally {
    await s3.stop();
  }
}

function functionConfig(code: string, flags: Flags): LocalFunctionConfig {
  if (!existsSync(code)) {
    throw new CliError("LocalCode", `${code} does not exist`, {
      remedy: "Name the function's folder, zip or bundle.",
      exit: "usage",
    });
  }
  const isFile = codeFile.test(code);
  if (!isFile && !isFolder(code) && !isZip(code)) {
    throw new CliError(
      "LocalCode",
      `${code} is neither a folder, a zip nor a bundle (.js, .mjs, .cjs, .py)`,
      {
        remedy:
          "Build it first, e.g. npx esbuild --bundle --platform=node --outdir=dist, and name what was built.",
        exit: "usage",
      },
    );
  }
  const stem = basename(resolve(code)).replace(/\.(zip|[cm]?js|py)$/, "");
  const layers = layersOf(flags.layer, flags.runtime);
  const collects = layers.length > 0;
  return {
    name: flags.name ?? (stem.replace(/[^A-Za-z0-9-_]/g, "-").slice(0, 64) || "function"),
    runtime: flags.runtime,
    code: isFile ? dirname(resolve(code)) : code,
    handler: flags.handler ?? `${isFile ? stem : "index"}.handler`,
    layers,
    timeoutSeconds: flags.timeout,
    memoryMb: flags.memory,
    environment: {
      ...(collects ? { [execWrapperVariable]: wrapperPath, COVERAGE_S3_BUCKET: flags.bucket } : {}),
      ...flags.env,
    },
  };
}

/** Zips begin with these bytes, empty ones too. https://pkwaredownloads.blob.core.windows.net/pem/APPNOTE.txt */
function isZip(file: string): boolean {
  const descriptor = openSync(file, "r");
  const start = Buffer.alloc(2);
  readSync(descriptor, start);
  closeSync(descriptor);
  return start.toString("latin1") === "PK";
}

/** `--no-layer` is false; commander's default of a negatable option is true. */
function layersOf(layer: string[] | boolean, runtime: string): string[] {
  if (layer === false) return [];
  if (Array.isArray(layer)) return layer;
  const family: RuntimeFamily = runtime.startsWith("python") ? "python" : "nodejs";
  const built = fileURLToPath(
    new URL(`../../../dist/${layerName[family]}-${layerVersion}.zip`, import.meta.url),
  );
  if (existsSync(built)) return [built];
  const script = family === "python" ? "build:layer:python" : "build:layer";
  throw new CliError("LocalLayer", `This package's layer for ${runtime} has not been built`, {
    remedy: `Run \`npm run ${script}\`, name a layer by --layer, or run the function bare by --no-layer.`,
  });
}

async function readEvent(given: string): Promise<unknown> {
  const source = given === "-" ? "standard input" : given;
  const content =
    given === "-" ? await text(process.stdin) : existsSync(given) ? readFileSync(given, "utf8") : given;
  try {
    return JSON.parse(content);
  } catch (error) {
    const what =
      given === content ? "is neither a file nor JSON" : `holds no JSON (${(error as Error).message})`;
    throw new CliError("LocalEvent", `The event ${source} ${what}`, {
      remedy: "--invoke takes the path of a JSON file, JSON text, or - for standard input.",
      exit: "usage",
    });
  }
}

async function invokeAll(
  lambda: LocalLambda,
  config: LocalFunctionConfig,
  events: unknown[],
  flags: Flags,
  { out, err }: Terminal,
): Promise<number> {
  let failed = false;
  for (const event of events) {
    const result = await lambda.invoke(config.name, event);
    failed ||= result.functionError !== undefined;
    out.write(flags.json === true ? `${JSON.stringify(result)}\n` : `${result.payload}\n`);
    if (flags.json !== true) err.write(`${summary(result)}\n`);
  }
  err.write(await lambda.logs(config.name));
  await lambda.shutdown();
  if (config.layers?.length !== 0) err.write(`\nreport: ${reportCommand(flags)}\n`);
  return failed ? 1 : 0;
}

function summary(result: InvokeResult): string {
  const { functionError, latencyMs, heldMs, initMs } = result;
  const outcome = result.timedOut ? "timed out" : functionError === undefined ? "ok" : "error";
  const init = initMs === undefined ? "" : `, init ${initMs.toFixed(0)} ms`;
  return `${outcome}: response after ${latencyMs.toFixed(1)} ms, held ${heldMs.toFixed(1)} ms${init}`;
}

const reportCommand = (flags: Flags) => `${typedCommand()} combine ${flags.directory}/${flags.bucket}`;

/** Prints how to reach it, and returns at Ctrl-C. */
async function serve(
  lambda: LocalLambda,
  s3: LocalS3,
  config: LocalFunctionConfig,
  flags: Flags,
  out: Output,
): Promise<void> {
  const ready = { function: config.name, lambda: lambda.endpoint, s3: s3.endpoint, bucket: flags.bucket };
  if (flags.json === true) out.write(`${JSON.stringify(ready)}\n`);
  else {
    out.write(`${config.name} (${config.runtime}) is ready.

  export AWS_ACCESS_KEY_ID=${s3.accessKeyId} AWS_SECRET_ACCESS_KEY=${s3.secretAccessKey}
  export AWS_REGION=${s3.region} AWS_DEFAULT_REGION=${s3.region}
  export AWS_ENDPOINT_URL_LAMBDA=${lambda.endpoint} AWS_ENDPOINT_URL_S3=${s3.endpoint}

  aws lambda invoke --function-name ${config.name} response.json
  aws s3 ls --recursive s3://${flags.bucket}
  ${reportCommand(flags)}

Ctrl-C ends it; the bucket stays in ${flags.directory}.
`);
  }
  // The servers' handles do not keep this process alive.
  const alive = setInterval(() => {}, 2 ** 30);
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  clearInterval(alive);
}

function repeated(value: string, previous: string[] | boolean | undefined): string[] {
  return [...(Array.isArray(previous) ? previous : []), value];
}

function variable(value: string, previous: Record<string, string>): Record<string, string> {
  const at = value.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("It is NAME=value.");
  return { ...previous, [value.slice(0, at)]: value.slice(at + 1) };
}

function positive(value: string): number {
  const parsed = Number(value);
  if (!(parsed > 0)) throw new InvalidArgumentError("It is a number above 0.");
  return parsed;
}

function port(value: string): number {
  const parsed = Number(value);
  if (!Number.isInteger(parsed) || parsed < 0 || parsed > 65_535) {
    throw new InvalidArgumentError("A port is a number from 0 to 65535.");
  }
  return parsed;
}
