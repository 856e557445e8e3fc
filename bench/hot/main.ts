/**
 * `npm run bench:hot`: a JIT-hot, CPU-bound handler bare, with the layer in both granularities, under V8's block
 * coverage alone, and instrumented by Istanbul. All variants take turns, call by call; figures are ratios.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createInstrumenter } from "istanbul-lib-instrument";
import {
  type LocalFunctionConfig,
  type NodeRuntime,
  startLocalLambda,
  startLocalS3,
} from "../../src/local/index.ts";
import { type Bar, printBars } from "../bars.ts";
import { pinned } from "../invoke/cpu-limit.ts";
import { describeMachine } from "../machine.ts";
import { median } from "../statistics.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean" },
    check: { type: "boolean" },
    save: { type: "boolean" },
    runtime: { type: "string", multiple: true },
    rounds: { type: "string", default: "5" },
    calls: { type: "string", default: "30" },
    limit: { type: "string", default: "60000" },
    // What V8 optimises before the first snapshot reports it stays without inlining: `--first 40` begins with a
    // light call, and function granularity is nearly free. The bars hold for a first call as heavy as the others.
    first: { type: "string" },
  },
});

const bucket = "coverage-bucket";
const repository = join(import.meta.dirname, "../..");
const layerZip = join(repository, "dist/lambda-coverage-layer-latest.zip");
/** Calls that let V8 optimise, not counted. */
const warmUpCalls = 10;

type Variant = "bare" | "function" | "block" | "v8 alone" | "istanbul";
const variants: Variant[] = ["bare", "function", "block", "v8 alone", "istanbul"];

function deploy(folder: string): Record<"plain" | "istanbul", string> {
  const plain = join(folder, "plain");
  const istanbul = join(folder, "istanbul");
  for (const path of [plain, istanbul]) mkdirSync(path, { recursive: true });
  cpSync(join(import.meta.dirname, "handler.mjs"), join(plain, "index.mjs"));
  cpSync(join(import.meta.dirname, "start-v8-coverage.cjs"), join(plain, "start-v8-coverage.cjs"));
  const source = readFileSync(join(import.meta.dirname, "handler.mjs"), "utf8");
  const instrumenter = createInstrumenter({ esModules: true });
  writeFileSync(join(istanbul, "index.mjs"), instrumenter.instrumentSync(source, "/var/task/index.mjs"));
  return { plain, istanbul };
}

function configs(code: Record<"plain" | "istanbul", string>) {
  const layer = { AWS_LAMBDA_EXEC_WRAPPER: "/opt/coverage-wrapper", COVERAGE_S3_BUCKET: bucket };
  const more: Record<Variant, Partial<LocalFunctionConfig>> = {
    bare: {},
    function: { layers: [layerZip], environment: { ...layer, COVERAGE_GRANULARITY: "function" } },
    block: { layers: [layerZip], environment: layer },
    "v8 alone": { environment: { NODE_OPTIONS: "--require=/var/task/start-v8-coverage.cjs" } },
    istanbul: { code: code.istanbul },
  };
  return more;
}

interface Figures {
  runtime: string;
  bareMs: number;
  /** Against bare: the median over rounds of the ratio of medians. */
  ratio: Record<Variant, number>;
}

async function bench(runtime: NodeRuntime): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), "bench-hot-"));
  const s3 = await startLocalS3({ buckets: [bucket] });
  const lambda = await startLocalLambda({ s3, transport: "addon" });
  try {
    const code = deploy(folder);
    for (const [variant, more] of Object.entries(configs(code))) {
      await lambda.createFunction({
        name: variant.replace(" ", "-"),
        runtime,
        code: code.plain,
        handler: "index.handler",
        memoryMb: 512,
        timeoutSeconds: 60,
        launchPrefix: pinned().launchPrefix,
        ...more,
      });
    }
    const bareMs: number[] = [];
    const ratios = Object.fromEntries(variants.map((variant) => [variant, [] as number[]]));
    for (let round = 0; round < Number(values.rounds); round++) {
      const times = await oneRound(lambda);
      const bare = median(times.bare as number[]);
      bareMs.push(bare);
      for (const variant of variants) ratios[variant]?.push(median(times[variant] as number[]) / bare);
    }
    const ratio = Object.fromEntries(variants.map((variant) => [variant, median(ratios[variant] ?? [])]));
    return { runtime, bareMs: median(bareMs), ratio: ratio as Figures["ratio"] };
  } finally {
    await lambda.stop();
    await s3.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function oneRound(lambda: Awaited<ReturnType<typeof startLocalLambda>>) {
  const times: Record<string, number[]> = Object.fromEntries(variants.map((variant) => [variant, []]));
  const sandboxes: Record<string, string> = {};
  for (let call = 0; call < warmUpCalls + Number(values.calls); call++) {
    for (const variant of variants) {
      const result = await lambda.invoke(
        variant.replace(" ", "-"),
        { limit: Number(call === 0 ? (values.first ?? values.limit) : values.limit) },
        { sandbox: sandboxes[variant] ?? "new" },
      );
      if (result.functionError !== undefined) throw new Error(`${variant}: ${result.payload}`);
      sandboxes[variant] = result.sandboxId;
      if (call >= warmUpCalls) times[variant]?.push(JSON.parse(result.payload).workMs);
    }
  }
  for (const sandboxId of Object.values(sandboxes)) await lambda.shutdown(sandboxId);
  return times;
}

function barsOf({ runtime, ratio }: Figures): Bar[] {
  return [
    {
      name: `${runtime}: function granularity / bare`,
      value: ratio.function,
      unit: "x",
      kind: "most",
      limit: 1.1,
    },
    {
      name: `${runtime}: block granularity / V8's own cost`,
      value: ratio.block / ratio["v8 alone"],
      unit: "x",
      kind: "most",
      limit: 1.05,
    },
  ];
}

const results: Figures[] = [];
for (const runtime of (values.runtime ?? ["nodejs22.x", "nodejs24.x"]) as NodeRuntime[]) {
  const figures = await bench(runtime);
  results.push(figures);
  if (values.json) continue;
  const shown = variants.map((variant) => `${variant} ${figures.ratio[variant].toFixed(2)}x`).join("  ");
  process.stdout.write(`${runtime}: bare ${figures.bareMs.toFixed(1)} ms a call;  ${shown}\n`);
}
const report = { machine: describeMachine(), options: values, results };
if (values.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
if (values.save) {
  mkdirSync(join(repository, "bench/results"), { recursive: true });
  writeFileSync(join(repository, "bench/results/hot.json"), `${JSON.stringify(report, null, 2)}\n`);
}
if (values.check && !printBars(results.flatMap(barsOf))) process.exitCode = 1;
