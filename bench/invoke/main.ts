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
import { type Deployment, deployBig, deploySmall } from "./deployments.ts";
import type { NodeFigures } from "./figures.ts";
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
  },
});

const bucket = "coverage-bucket";
const repository = join(import.meta.dirname, "../..");
const layerZip = join(repository, "dist/lambda-coverage-layer-latest.zip");
const laterFileBytes = 1500;

function figuresOf(
  pair: Pair,
  where: { runtime: string; size: string; cpu: string },
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

async function bench(runtime: NodeRuntime, deployment: Deployment, s3: LocalS3, quotaMb?: number) {
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
        layers: [layerZip],
        environment: { AWS_LAMBDA_EXEC_WRAPPER: "/opt/coverage-wrapper", COVERAGE_S3_BUCKET: bucket },
      },
      rounds: quotaMb === undefined ? Number(values.rounds) : 3,
      callsPerRound: quotaMb === undefined ? Number(values.calls) : 60,
      coldRounds: quotaMb === undefined ? Number(values.cold) : 3,
      progress,
    });
    const where = { runtime, size: deployment.size, cpu: quotaMb === undefined ? "1 core" : `${quotaMb} MB` };
    return figuresOf(pair, where, await putRoundTripMs(s3, bucket, laterFileBytes));
  } finally {
    await lambda.stop();
    cpu.release();
  }
}

function barsOf(figures: NodeFigures): Bar[] {
  const of = `${figures.runtime} ${figures.size}`;
  const isBig = figures.size === "big";
  const most = (name: string, value: number, unit: string, limit: number): Bar => ({
    name: `${of}: ${name}`,
    value,
    unit,
    kind: "most",
    limit,
  });
  return [
    most("added to a warm invocation, p50", figures.addedP50Ms, "ms", 0.3),
    most("added to a warm invocation, p95", figures.addedP95Ms, "ms", 0.6),
    most("added to init + first response", figures.addedColdMs, "ms", isBig ? 40 : 30),
    most("memory added, peak", figures.addedPeakMb, "MB", 25),
    most(
      "held after the response beyond the S3 round trip, p50",
      figures.heldBeyondS3Ms,
      "ms",
      isBig ? 8 : 4,
    ),
  ];
}

function print(figures: NodeFigures): void {
  const f = (value: number) => value.toFixed(2).padStart(8);
  process.stdout.write(
    [
      `${figures.runtime} ${figures.size} (${figures.cpu})`,
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
      for (const quotaMb of values.quota ? [undefined, 512, 128] : [undefined]) {
        const figures = await bench(runtime, deployment, s3, quotaMb);
        progress("");
        results.push(figures);
        if (!values.json) print(figures);
      }
    }
  }
} finally {
  await s3.stop();
  rmSync(folder, { recursive: true, force: true });
}

const bars = results.filter((figures) => figures.cpu === "1 core").flatMap(barsOf);
const report = { machine: describeMachine(), options: values, results };
if (values.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
if (values.save) {
  mkdirSync(join(repository, "bench/results"), { recursive: true });
  writeFileSync(join(repository, "bench/results/invoke.json"), `${JSON.stringify(report, null, 2)}\n`);
}
if (values.check && !printBars(bars)) process.exitCode = 1;
