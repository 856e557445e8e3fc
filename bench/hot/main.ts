/**
 * `npm run bench:hot`: handlers that compute, one JIT-hot in tiny functions, one parsing 2.2 MB by acorn: bare, with the
 * layer by probes and by V8 in both granularities, under V8's block coverage alone, and instrumented by Istanbul and by
 * oxc-coverage-instrument. All variants take turns, call by call; figures are ratios.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
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
import { type Code, deploy, type Workload } from "./deployments.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean" },
    check: { type: "boolean" },
    save: { type: "boolean" },
    runtime: { type: "string", multiple: true },
    workload: { type: "string", multiple: true },
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

const variants = ["bare", "probes", "function", "block", "v8 alone", "istanbul", "oxc"] as const;
type Variant = (typeof variants)[number];

function configs(code: Record<Code, string>): Record<Variant, Partial<LocalFunctionConfig>> {
  const environment = { AWS_LAMBDA_EXEC_WRAPPER: "/opt/coverage-wrapper", COVERAGE_S3_BUCKET: bucket };
  const layers = [layerZip];
  return {
    bare: {},
    probes: { code: code.probed, layers, environment: { ...environment, COVERAGE_COLLECTOR: "probes" } },
    function: { layers, environment: { ...environment, COVERAGE_GRANULARITY: "function" } },
    block: { layers, environment },
    "v8 alone": { environment: { NODE_OPTIONS: "--require=/var/task/start-v8-coverage.cjs" } },
    istanbul: { code: code.istanbul },
    oxc: { code: code.oxc },
  };
}

interface Figures {
  runtime: string;
  workload: Workload;
  bareMs: number;
  /** Against bare: the median over rounds of the ratio of medians. */
  ratio: Record<Variant, number>;
}

async function bench(runtime: NodeRuntime, workload: Workload): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), "bench-hot-"));
  const s3 = await startLocalS3({ buckets: [bucket] });
  const lambda = await startLocalLambda({ s3, transport: "addon" });
  try {
    const code = await deploy(folder, workload);
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
    return { runtime, workload, bareMs: median(bareMs), ratio: ratio as Figures["ratio"] };
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

/** Probes at most so many times of bare; from the first call on, which is as hot as the others. */
const probesAtMost: Record<Workload, number> = { hot: 1.15, parsing: 1.3 };

function barsOf({ runtime, workload, ratio }: Figures): Bar[] {
  const most = (name: string, value: number, limit: number): Bar => ({
    name: `${runtime}, ${workload}: ${name}`,
    value,
    unit: "x",
    kind: "most",
    limit,
  });
  return [most("probes / bare", ratio.probes, probesAtMost[workload])];
}

const results: Figures[] = [];
for (const runtime of (values.runtime ?? ["nodejs22.x", "nodejs24.x"]) as NodeRuntime[]) {
  for (const workload of (values.workload ?? ["hot", "parsing"]) as Workload[]) {
    const figures = await bench(runtime, workload);
    results.push(figures);
    if (values.json) continue;
    const shown = variants.map((variant) => `${variant} ${figures.ratio[variant].toFixed(2)}x`).join("  ");
    process.stdout.write(`${runtime}, ${workload}: bare ${figures.bareMs.toFixed(1)} ms a call;  ${shown}\n`);
  }
}
const report = { machine: describeMachine(), options: values, results };
if (values.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
if (values.save) {
  mkdirSync(join(repository, "bench/results"), { recursive: true });
  writeFileSync(join(repository, "bench/results/hot.json"), `${JSON.stringify(report, null, 2)}\n`);
}
if (values.check && !printBars(results.flatMap(barsOf))) process.exitCode = 1;
