/**
 * `npm run bench:invoke -- --runtime python3.12`: what the Python layer costs an invocation, held against the
 * same function bare, and against the decorator of the spec (coverage.py around each invocation, the response
 * waits for boto3's upload). All three on the real runtime client, call by call in turn.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type LocalS3, type PythonRuntime, startLocalLambda, startLocalS3 } from "../../src/local/index.ts";
import { type Bar, printBars } from "../bars.ts";
import { describeMachine } from "../machine.ts";
import { median, quantile } from "../statistics.ts";
import { pinned } from "./cpu-limit.ts";
import type { Deployment } from "./deployments.ts";
import type { AddedFigures, PythonFigures } from "./figures.ts";
import { putRoundTripMs } from "./round-trip.ts";
import { type Pair, runPair } from "./rounds.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean" },
    check: { type: "boolean" },
    save: { type: "boolean" },
    runtime: { type: "string", multiple: true },
    rounds: { type: "string", default: "5" },
    calls: { type: "string", default: "100" },
    cold: { type: "string", default: "10" },
    quota: { type: "boolean" },
  },
});

const bucket = "coverage-bucket";
const repository = join(import.meta.dirname, "../..");
const layerZip = join(repository, "dist/lambda-coverage-layer-python-latest.zip");
const functions = join(import.meta.dirname, "functions", "python");
const laterFileBytes = 600;
const bigModules = 40;
const mb = 2 ** 20;

/** One handler in one module; or a service of many modules, of which an event runs a few. */
function deploy(size: Deployment["size"], folder: string): Deployment {
  mkdirSync(folder, { recursive: true });
  for (const name of ["app.py", "spec_pattern.py"]) cpSync(join(functions, name), join(folder, name));
  if (size === "small") {
    cpSync(join(functions, "small.py"), join(folder, "service.py"));
    return {
      size,
      code: folder,
      handler: "app.handler",
      event: (n) => ({ name: n % 5 === 0 ? "" : `n${n}` }),
    };
  }
  const module = readFileSync(join(functions, "module.txt"), "utf8");
  const numbers = Array.from({ length: bigModules }, (_, index) => index);
  mkdirSync(join(folder, "parts"));
  for (const n of numbers) {
    writeFileSync(join(folder, "parts", `part_${n}.py`), module.replaceAll("NUMBER", String(n)));
  }
  const imports = numbers.map((n) => `from parts import part_${n}`).join("\n");
  const table = numbers.map((n) => `part_${n}`).join(", ");
  const serve = `def serve(event):\n    return [PARTS[n].serve(event["items"], event.get("code")) for n in event["parts"]]\n`;
  writeFileSync(join(folder, "service.py"), `${imports}\n\nPARTS = [${table}]\n\n\n${serve}`);
  return { size, code: folder, handler: "app.handler", event: bigEvent };
}

function bigEvent(n: number): unknown {
  const items = Array.from({ length: (n % 5) + 1 }, (_, i) => ({
    sku: i === 3 ? "" : `sku-${i}`,
    quantity: (n % 3) + 1,
    price: 2.5,
  }));
  return { parts: [n % bigModules, (n * 7) % bigModules], items, ...(n % 4 === 0 ? { code: "AB-010" } : {}) };
}

function costsOf({ bare, layer, addedP50Ms, addedP95Ms }: Pair): AddedFigures {
  return {
    addedInitMs: median(layer.initMs) - median(bare.initMs),
    addedColdMs: median(layer.coldMs) - median(bare.coldMs),
    addedP50Ms: median(addedP50Ms),
    addedP95Ms: median(addedP95Ms),
    addedAfterMs: median(layer.afterMs) - median(bare.afterMs),
    addedPeakMb: (median(layer.peakBytes) - median(bare.peakBytes)) / mb,
  };
}

const progress = (text: string) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
};

async function bench(runtime: PythonRuntime, deployment: Deployment, s3: LocalS3): Promise<PythonFigures> {
  const lambda = await startLocalLambda({ s3 });
  const { launchPrefix } = pinned();
  const config = { runtime, memoryMb: 512, timeoutSeconds: 60, initTimeoutMs: 60_000, launchPrefix };
  const counts = { coldRounds: Number(values.cold), rounds: Number(values.rounds) };
  const run = (environment: Record<string, string>, callsPerRound: number) =>
    runPair({
      lambda,
      deployment,
      config,
      layer: { layers: [layerZip], environment: { COVERAGE_S3_BUCKET: bucket, ...environment } },
      callsPerRound,
      ...counts,
      progress,
    });
  try {
    const ours = await run({ AWS_LAMBDA_EXEC_WRAPPER: "/opt/coverage-wrapper" }, Number(values.calls));
    const spec = await run({ SPEC_PATTERN: "1" }, Math.ceil(Number(values.calls) / 5));
    return {
      runtime,
      size: deployment.size,
      bareColdMs: median(ours.bare.coldMs),
      bareP50Ms: quantile(ours.bare.latencyMs, 0.5),
      barePeakMb: median(ours.bare.peakBytes) / mb,
      s3RoundTripMs: await putRoundTripMs(s3, bucket, laterFileBytes),
      layer: costsOf(ours),
      specDecorator: costsOf(spec),
    };
  } finally {
    await lambda.stop();
  }
}

/** The spec's own bars (500 ms, 50 MB), undercut several times over. */
function barsOf({ runtime, size, layer, specDecorator, s3RoundTripMs }: PythonFigures): Bar[] {
  const most = (name: string, value: number, unit: string, limit: number): Bar => ({
    name: `${runtime} ${size}: ${name}`,
    value,
    unit,
    kind: "most",
    limit,
  });
  const isBig = size === "big";
  return [
    most("added to init + first response", layer.addedColdMs, "ms", isBig ? 80 : 60),
    most("added to a warm invocation, p50", layer.addedP50Ms, "ms", isBig ? 1 : 0.5),
    most("memory added, peak", layer.addedPeakMb, "MB", 25),
    most("held beyond the S3 round trip, p50", layer.addedAfterMs - s3RoundTripMs, "ms", isBig ? 8 : 4),
    most("warm p50 against the spec's decorator", layer.addedP50Ms / specDecorator.addedP50Ms, "x", 0.1),
  ];
}

function print(figures: PythonFigures): void {
  const f = (value: number) => value.toFixed(2).padStart(8);
  const row = (name: string, bare: number | undefined, key: keyof AddedFigures, unit: string) => {
    const { layer, specDecorator } = figures;
    const ratio = specDecorator[key] / layer[key];
    return `  ${name.padEnd(20)} bare ${bare === undefined ? "       -" : f(bare)}  layer +${f(layer[key])}  spec's decorator +${f(specDecorator[key])} ${unit}  (${ratio.toFixed(1)}x)`;
  };
  process.stdout.write(
    [
      `${figures.runtime} ${figures.size} (1 core)`,
      row("init", undefined, "addedInitMs", "ms"),
      row("init + first", figures.bareColdMs, "addedColdMs", "ms"),
      row("warm p50", figures.bareP50Ms, "addedP50Ms", "ms"),
      row("warm p95", undefined, "addedP95Ms", "ms"),
      row("held after response", undefined, "addedAfterMs", "ms"),
      row("peak memory", figures.barePeakMb, "addedPeakMb", "MB"),
      `  S3 round trip        ${f(figures.s3RoundTripMs)} ms`,
      "",
    ].join("\n"),
  );
}

/** `--runtime python` means the newest that is at hand of those named here. */
function chosenRuntimes(): PythonRuntime[] {
  const named = (values.runtime ?? []).filter((runtime) => runtime.startsWith("python"));
  return named.map((runtime) => (runtime === "python" ? "python3.13" : (runtime as PythonRuntime)));
}

export async function benchPython(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "bench-invoke-python-"));
  const s3 = await startLocalS3({ buckets: [bucket] });
  const results: PythonFigures[] = [];
  try {
    for (const runtime of chosenRuntimes()) {
      for (const size of ["small", "big"] as const) {
        const figures = await bench(runtime, deploy(size, join(folder, `${runtime}-${size}`)), s3);
        progress("");
        results.push(figures);
        if (!values.json) print(figures);
      }
    }
  } finally {
    await s3.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  // Of the last minute: a machine that does other work beside it measures that, too.
  const report = { machine: describeMachine(), loadAverage: loadavg()[0], options: values, results };
  if (values.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  if (values.save) {
    mkdirSync(join(repository, "bench/results"), { recursive: true });
    writeFileSync(
      join(repository, "bench/results/invoke-python.json"),
      `${JSON.stringify(report, null, 2)}\n`,
    );
  }
  if (values.check && !printBars(results.flatMap(barsOf))) process.exitCode = 1;
}
