/**
 * `npm run bench:invoke`: what the layer costs an invocation, held against the same function bare, on the real
 * runtime client. Figures are medians over rounds of paired differences; both variants take turns call by call.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type LocalS3, type NodeRuntime, startLocalLambda, startLocalS3 } from "../../src/local/index.ts";
import { type Bar, printBars } from "../bars.ts";
import { describeMachine } from "../machine.ts";
import { median, quantile } from "../statistics.ts";
import { pinned, quota } from "./cpu-limit.ts";
import { type Deployment, deployBig, deploySmall, type FunctionSize } from "./deployments.ts";
import type { Collector, NodeFigures } from "./figures.ts";
import { putRoundTripMs } from "./round-trip.ts";
import { type Pair, runPair } from "./rounds.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean" },
    check: { type: "boolean" },
    save: { type: "boolean" },
    runtime: { type: "string", multiple: true },
    size: { type: "string", multiple: true },
    rounds: { type: "string", default: "5" },
    calls: { type: "string", default: "300" },
    cold: { type: "string", default: "15" },
    quota: { type: "boolean" },
    collector: { type: "string", multiple: true },
  },
});

const bucket = "coverage-bucket";
const repository = join(import.meta.dirname, "../..");
const layerZip = join(repository, "dist/lambda-coverage-layer-latest.zip");
const laterFileBytes = 1500;

function figuresOf(
  pair: Pair,
  where: { runtime: string; size: string; collector: Collector; cpu: string },
  roundTrip: number,
): NodeFigures {
  const { bare, layer } = pair;
  const addedAfterMs = median(layer.afterMs) - median(bare.afterMs);
  const mb = 2 ** 20;
  return {
    ...where,
    bareInitMs: median(bare.initMs),
    addedInitMs: median(layer.initMs) - median(bare.initMs),
    bareColdMs: median(bare.coldMs),
    addedColdMs: median(layer.coldMs) - median(bare.coldMs),
    bareP50Ms: quantile(bare.latencyMs, 0.5),
    addedP50Ms: median(pair.addedP50Ms),
    addedP95Ms: median(pair.addedP95Ms),
    addedAfterMs,
    s3RoundTripMs: roundTrip,
    heldBeyondS3Ms: addedAfterMs - roundTrip,
    barePeakMb: median(bare.peakBytes) / mb,
    addedPeakMb: (median(layer.peakBytes) - median(bare.peakBytes)) / mb,
    callsPerSecond: { bare: median(pair.callsPerSecond.bare), layer: median(pair.callsPerSecond.layer) },
  };
}

const progress = (text: string) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
};

interface Benched {
  runtime: NodeRuntime;
  deployment: Deployment;
  collector: Collector;
  quotaMb: number | undefined;
}

async function bench(s3: LocalS3, { runtime, deployment, collector, quotaMb }: Benched) {
  const lambda = await startLocalLambda({ s3, transport: "addon" });
  const cpu = quotaMb === undefined ? pinned() : quota(quotaMb);
  try {
    const pair = await runPair({
      lambda,
      deployment,
      config: {
        runtime,
        memoryMb: quotaMb ?? 512,
        timeoutSeconds: 60,
        initTimeoutMs: 60_000,
        launchPrefix: cpu.launchPrefix,
      },
      layer: {
        code: (collector === "probes" && deployment.probed) || deployment.code,
        layers: [layerZip],
        environment: {
          AWS_LAMBDA_EXEC_WRAPPER: "/opt/coverage-wrapper",
          COVERAGE_S3_BUCKET: bucket,
          COVERAGE_COLLECTOR: collector,
        },
      },
      rounds: quotaMb === undefined ? Number(values.rounds) : 3,
      callsPerRound: quotaMb === undefined ? Number(values.calls) : 60,
      coldRounds: quotaMb === undefined ? Number(values.cold) : 3,
      progress,
    });
    const cpuShare = quotaMb === undefined ? "1 core" : `${quotaMb} MB`;
    const where = { runtime, size: deployment.size, collector, cpu: cpuShare };
    return figuresOf(pair, where, await putRoundTripMs(s3, bucket, laterFileBytes));
  } finally {
    await lambda.stop();
    cpu.release();
  }
}

/** Shares of the bare function's own time in the same run: machines differ. */
const atMost: Record<
  Collector,
  { p50: number; p95: number; cold: Record<FunctionSize, number>; mb: number }
> = {
  probes: { p50: 0.1, p95: 0.3, cold: { small: 0.15, big: 0.1 }, mb: 20 },
  v8: { p50: 0.4, p95: 0.8, cold: { small: 0.3, big: 0.1 }, mb: 25 },
};

function barsOf(figures: NodeFigures, bareSmallP50Ms: number): Bar[] {
  const { runtime, size, collector = "v8" } = figures;
  const most = (name: string, value: number, unit: string, limit: number): Bar => ({
    name: `${runtime} ${size}, ${collector}: ${name}`,
    value,
    unit,
    kind: "most",
    limit,
  });
  const limits = atMost[collector];
  const share = (name: string, ms: number, of: number, limit: number): Bar =>
    most(`${name} (${ms.toFixed(2)} ms)`, ms / of, "of bare", limit);
  return [
    share("added to a warm invocation, p50, of small's", figures.addedP50Ms, bareSmallP50Ms, limits.p50),
    share("added to a warm invocation, p95, of small's p50", figures.addedP95Ms, bareSmallP50Ms, limits.p95),
    share(
      "added to init + first response",
      figures.addedColdMs,
      figures.bareColdMs,
      limits.cold[size as FunctionSize],
    ),
    most("memory added, peak", figures.addedPeakMb, "MB", limits.mb),
  ];
}

function print(figures: NodeFigures): void {
  const f = (value: number) => value.toFixed(2).padStart(8);
  process.stdout.write(
    [
      `${figures.runtime} ${figures.size}, ${figures.collector} (${figures.cpu})`,
      `  init                 bare ${f(figures.bareInitMs)} ms, added ${f(figures.addedInitMs)} ms`,
      `  init + first         bare ${f(figures.bareColdMs)} ms, added ${f(figures.addedColdMs)} ms`,
      `  warm p50             bare ${f(figures.bareP50Ms)} ms, added ${f(figures.addedP50Ms)} ms (p95 ${f(figures.addedP95Ms)} ms)`,
      `  held after response  added ${f(figures.addedAfterMs)} ms, of which S3 ${f(figures.s3RoundTripMs)} ms`,
      `  peak memory          bare ${f(figures.barePeakMb)} MB, added ${f(figures.addedPeakMb)} MB`,
      `  closed loop          bare ${f(figures.callsPerSecond.bare)}/s, layer ${f(figures.callsPerSecond.layer)}/s`,
      "",
    ].join("\n"),
  );
}

/** Of the same runtime; where small was not benched, the function's own. */
function bareSmallP50Ms({ runtime, bareP50Ms }: NodeFigures): number {
  return results.find((other) => other.runtime === runtime && other.size === "small")?.bareP50Ms ?? bareP50Ms;
}

if (values.runtime?.some((runtime) => runtime.startsWith("python"))) {
  const { benchPython } = await import("./python.ts");
  await benchPython();
  process.exit();
}

const folder = mkdtempSync(join(tmpdir(), "bench-invoke-"));
const s3 = await startLocalS3({ buckets: [bucket] });
const results: NodeFigures[] = [];
try {
  const deployments = [await deploySmall(join(folder, "small")), await deployBig(join(folder, "big"))];
  const runtimes = (values.runtime ?? ["nodejs22.x", "nodejs24.x"]) as NodeRuntime[];
  for (const runtime of runtimes) {
    for (const deployment of deployments) {
      if (values.size?.includes(deployment.size) === false) continue;
      for (const collector of (values.collector ?? ["probes", "v8"]) as Collector[]) {
        for (const quotaMb of values.quota ? [undefined, 512, 128] : [undefined]) {
          const figures = await bench(s3, { runtime, deployment, collector, quotaMb });
          progress("");
          results.push(figures);
          if (!values.json) print(figures);
        }
      }
    }
  }
} finally {
  await s3.stop();
  rmSync(folder, { recursive: true, force: true });
}

const bars = results
  .filter((figures) => figures.cpu === "1 core")
  .flatMap((figures) => barsOf(figures, bareSmallP50Ms(figures)));
const report = { machine: describeMachine(), options: values, results };
if (values.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
if (values.save) {
  mkdirSync(join(repository, "bench/results"), { recursive: true });
  writeFileSync(join(repository, "bench/results/invoke.json"), `${JSON.stringify(report, null, 2)}\n`);
}
if (values.check && !printBars(bars)) process.exitCode = 1;
