/**
 * Combining against c8, monocart, `@bcoe/v8-coverage` + ast-v8-to-istanbul and bare JSON.parse, whole processes,
 * json + lcov, the same work: `npm run bench:combine -- [--json] [--large] [--check] [--save] [--counts 100,1000]
 * [--rounds 3]`. Started under `taskset -c 0`, every tool has that one core.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { isHeld, printBars } from "../bars.ts";
import { describeMachine } from "../machine.ts";
import { median } from "../statistics.ts";
import { type RecordedApp, recordApp, recordProbes } from "./apps.ts";
import { barsOf } from "./bars.ts";
import { type Dataset, datasetDocs, writeDumps, writeOurs } from "./dataset.ts";
import type { Row } from "./row.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    check: { type: "boolean", default: false },
    save: { type: "boolean", default: false },
    large: { type: "boolean", default: false },
    counts: { type: "string", default: "100,1000,10000" },
    apps: { type: "string", default: "big,probes,small,alike" },
    tools: { type: "string", default: "ours,ours-stored,json-parse,c8,ast-v8-to-istanbul,monocart" },
    rounds: { type: "string", default: "3" },
  },
});

/** Beyond these a tool takes minutes or gigabytes: it is left out, and the table says so. */
const mostFiles: Record<string, number> = {
  monocart: 1000,
  c8: 10_000,
  "ast-v8-to-istanbul": 10_000,
  "json-parse": 10_000,
};
/** What a tool that takes longer does is measured twice only. */
const slowSeconds = 20;

const machine = describeMachine();
const folder = await mkdtemp(path.join(tmpdir(), "lc-bench-combine-"));
const rows: Row[] = [];
const datasets: Dataset[] = [];
try {
  const runners = await buildRunners();
  const counts = values.counts.split(",").map(Number);
  if (values.large) counts.push(100_000);
  const recorded = new Map<string, RecordedApp>();
  for (const name of values.apps.split(",")) {
    const source = name === "small" ? "small" : "big";
    const byV8 = recorded.get(source) ?? (await recordApp(source, path.join(folder, "apps")));
    recorded.set(source, byV8);
    const app = name === "probes" ? await recordProbes(byV8) : byV8;
    for (const count of counts) {
      if (name === "alike" && count > 10_000) continue;
      await measureCount(name, app, count, runners);
      // After each, so that a run that is ended early has what it measured.
      if (values.save) save();
    }
  }
  const bars = barsOf(rows);
  if (values.json) process.stdout.write(reportText());
  else if (values.check) printBars(bars);
  if (values.check && !bars.every(isHeld)) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

function reportText(): string {
  const bars = barsOf(rows).map((bar) => ({ ...bar, held: isHeld(bar) }));
  return `${JSON.stringify({ machine, options: values, datasetDocs, datasets, rows, bars }, undefined, 2)}\n`;
}

function save(): void {
  const results = path.join(import.meta.dirname, "../results");
  mkdirSync(results, { recursive: true });
  writeFileSync(path.join(results, "combine.json"), reportText());
}

async function buildRunners(): Promise<Record<string, string>> {
  const names = ["ours", "json-parse", "ast-v8", "monocart"];
  await build({
    entryPoints: names.map((name) => path.join(import.meta.dirname, "runners", `${name}.ts`)),
    outdir: path.join(folder, "runners"),
    bundle: true,
    platform: "node",
    format: "esm",
    splitting: true,
    outExtension: { ".js": ".mjs" },
    packages: "external",
  });
  // Their imports resolve from the repository.
  await symlink(path.resolve(import.meta.dirname, "../../node_modules"), path.join(folder, "node_modules"));
  const built = Object.fromEntries(names.map((name) => [name, path.join(folder, "runners", `${name}.mjs`)]));
  return { ...built, c8: path.join(import.meta.dirname, "runners/c8.cjs") };
}

async function measureCount(
  name: string,
  app: RecordedApp,
  count: number,
  runners: Record<string, string>,
): Promise<void> {
  const bucket = path.join(folder, "bucket");
  const dumps = path.join(folder, "dumps");
  const report = path.join(folder, "report");
  // Alike or not is nothing to the peers: `alike` only shows what we make of it.
  const tools = name === "alike" ? ["ours", "ours-stored", "json-parse"] : values.tools.split(",");
  const wanted = tools.filter((tool) => count <= (mostFiles[tool] ?? Number.POSITIVE_INFINITY));
  const options = { alike: name === "alike" };
  const dataset: Dataset = {
    app: name,
    files: count,
    ...app.recorded,
    coverageFileBytes: await writeOurs(app, count, bucket, options),
  };
  if (wanted.some((tool) => !tool.startsWith("ours"))) {
    dataset.v8JsonBytes = await writeDumps(app, count, dumps, options);
  }
  datasets.push(dataset);
  const commands: Record<string, string[]> = {
    ours: [runners.ours as string, bucket, report, "fresh"],
    "ours-stored": [runners.ours as string, bucket, report, "stored"],
    "json-parse": [runners["json-parse"] as string, dumps],
    c8: [runners.c8 as string, dumps, app.entry, report],
    "ast-v8-to-istanbul": [runners["ast-v8"] as string, dumps, app.entry, report],
    monocart: [runners.monocart as string, dumps, app.entry, report],
  };
  const measure = async (tool: string): Promise<Sample> => {
    await rm(report, { recursive: true, force: true });
    await mkdir(report, { recursive: true });
    const sample = await run(commands[tool] as string[]);
    return { ...sample, ...statementsIn(path.join(report, "coverage-final.json")) };
  };
  // Its mapping is stored by a run that is not measured.
  if (wanted.includes("ours-stored")) await measure("ours-stored");
  const samples = new Map<string, Sample[]>(wanted.map((tool) => [tool, []]));
  const rounds = Number(values.rounds);
  // Alternating: a slow moment of the machine meets every tool.
  for (let round = 0; round < rounds; round++) {
    for (const [tool, found] of samples) {
      const isSlow = found.some(({ wallSeconds }) => wallSeconds > slowSeconds);
      if (!isSlow || round < 2) found.push(await measure(tool));
    }
  }
  for (const [tool, found] of samples) add(rowOf(name, count, tool, found));
  await rm(bucket, { recursive: true, force: true });
  await rm(dumps, { recursive: true, force: true });
}

function rowOf(app: string, files: number, tool: string, found: readonly Sample[]): Row {
  const wallSeconds = median(found.map((sample) => sample.wallSeconds));
  const statements = found[0]?.statements;
  return {
    app,
    files,
    tool,
    wallSeconds,
    cpuSeconds: median(found.map((sample) => sample.cpuSeconds)),
    peakMb: Math.max(...found.map((sample) => sample.peakMb)),
    filesPerSecond: files / wallSeconds,
    rounds: found.length,
    ...(statements && { statements }),
  };
}

/** What the tool's report says: the same work has the same outcome, nearly (see bench:accuracy). */
function statementsIn(file: string): Pick<Sample, "statements"> {
  if (!existsSync(file)) return {};
  const files: { s: Record<string, number> }[] = Object.values(JSON.parse(readFileSync(file, "utf8")));
  const hits = files.flatMap(({ s }) => Object.values(s));
  return { statements: { covered: hits.filter((hit) => hit > 0).length, total: hits.length } };
}

function add(row: Row): void {
  rows.push(row);
  if (values.json) return;
  const { app, files, tool, wallSeconds, cpuSeconds, peakMb, filesPerSecond } = row;
  const first = rows.find((other) => other.app === app && other.files === files) as Row;
  process.stdout.write(
    `${app.padEnd(6)} ${String(files).padStart(6)} ${tool.padEnd(20)} ${wallSeconds.toFixed(2).padStart(8)} s ${cpuSeconds.toFixed(2).padStart(8)} s cpu ` +
      `${peakMb.toFixed(0).padStart(6)} MB ${filesPerSecond.toFixed(0).padStart(7)} files/s ` +
      `${(wallSeconds / first.wallSeconds).toFixed(2).padStart(7)}x of ours\n`,
  );
}

async function run(command: string[]): Promise<Sample> {
  const start = process.hrtime.bigint();
  // Through a shell that forks: Linux gives a child that is spawned directly our own peak memory to begin with.
  const words = ["-c", '"$@"; exit $?', "sh", process.execPath, "--max-old-space-size=8192", ...command];
  const child = spawn("sh", words, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NODE_OPTIONS: "", NODE_V8_COVERAGE: "" },
  });
  let text = "";
  child.stdout.on("data", (chunk) => {
    text += chunk;
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  const wallSeconds = Number(process.hrtime.bigint() - start) / 1e9;
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}`);
  const { usage } = JSON.parse(text.slice(text.lastIndexOf('{"usage"')));
  const cpuSeconds = (usage.userCPUTime + usage.systemCPUTime) / 1e6;
  return { wallSeconds, cpuSeconds, peakMb: usage.maxRSS / 1024 };
}

interface Sample {
  wallSeconds: number;
  cpuSeconds: number;
  peakMb: number;
  statements?: { covered: number; total: number };
}
