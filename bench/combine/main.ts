/**
 * Combining against c8, monocart, `@bcoe/v8-coverage` + ast-v8-to-istanbul and bare JSON.parse, whole processes,
 * json + lcov, the same work: `npm run bench:combine -- [--json] [--large] [--check] [--counts 100,1000] [--rounds 3]`.
 */
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { type Bar, isHeld, printBars } from "../bars.ts";
import { describeMachine } from "../machine.ts";
import { median } from "../statistics.ts";
import { type RecordedApp, recordApp } from "./apps.ts";
import { writeDumps, writeOurs } from "./dataset.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    check: { type: "boolean", default: false },
    large: { type: "boolean", default: false },
    counts: { type: "string", default: "100,1000,10000" },
    apps: { type: "string", default: "small,big,varied" },
    tools: { type: "string", default: "ours,ours-stored,json-parse,c8,ast-v8-to-istanbul,monocart" },
    rounds: { type: "string", default: "3" },
  },
});

interface Row {
  app: string;
  files: number;
  tool: string;
  wallSeconds: number;
  /** User and system time of all threads: steadier than wall time on a shared machine. */
  cpuSeconds: number;
  peakMb: number;
  filesPerSecond: number;
  rounds: number;
}

/** Beyond these a tool takes minutes or gigabytes: it is left out, and the table says so. */
const mostFiles: Record<string, number> = {
  monocart: 1000,
  c8: 10_000,
  "ast-v8-to-istanbul": 10_000,
  "json-parse": 10_000,
};

const folder = await mkdtemp(path.join(tmpdir(), "lc-bench-combine-"));
const rows: Row[] = [];
try {
  const runners = await buildRunners();
  const counts = values.counts.split(",").map(Number);
  if (values.large) counts.push(100_000);
  for (const name of values.apps.split(",")) {
    // `varied`: the big one, but no two files have the same counts.
    const app = await recordApp(name === "small" ? "small" : "big", path.join(folder, "apps"));
    for (const count of counts) await measureCount(name, app, count, runners);
  }
  if (values.json) {
    const judged = bars().map((bar) => ({ ...bar, held: isHeld(bar) }));
    process.stdout.write(
      `${JSON.stringify({ machine: describeMachine(), rows, bars: judged }, undefined, 2)}\n`,
    );
  } else if (values.check) printBars(bars());
  if (values.check && !bars().every(isHeld)) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
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
  await (await import("node:fs/promises")).symlink(
    path.resolve(import.meta.dirname, "../../node_modules"),
    path.join(folder, "node_modules"),
  );
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
  await mkdir(report, { recursive: true });
  const wanted = values.tools
    .split(",")
    .filter((tool) => count <= (mostFiles[tool] ?? Number.POSITIVE_INFINITY));
  const varied = name === "varied";
  await writeOurs(app, count, bucket, { varied });
  if (wanted.some((tool) => !tool.startsWith("ours"))) await writeDumps(app, count, dumps, { varied });
  const commands: Record<string, string[]> = {
    ours: [runners.ours as string, bucket, report, "fresh"],
    "ours-stored": [runners.ours as string, bucket, report, "stored"],
    "json-parse": [runners["json-parse"] as string, dumps],
    c8: [runners.c8 as string, dumps, app.entry, report],
    "ast-v8-to-istanbul": [runners["ast-v8"] as string, dumps, app.entry, report],
    monocart: [runners.monocart as string, dumps, app.entry, report],
  };
  if (wanted.includes("ours-stored")) await run(commands["ours-stored"] as string[]);
  const samples = new Map<string, Sample[]>(wanted.map((tool) => [tool, []]));
  const rounds = Number(values.rounds);
  // Alternating: a slow moment of the machine meets every tool.
  for (let round = 0; round < rounds; round++) {
    for (const tool of wanted) samples.get(tool)?.push(await run(commands[tool] as string[]));
  }
  for (const [tool, found] of samples) {
    const wallSeconds = median(found.map((sample) => sample.wallSeconds));
    const cpuSeconds = median(found.map((sample) => sample.cpuSeconds));
    const peakMb = Math.max(...found.map((sample) => sample.peakMb));
    add({
      app: name,
      files: count,
      tool,
      wallSeconds,
      cpuSeconds,
      peakMb,
      filesPerSecond: count / wallSeconds,
      rounds,
    });
  }
  await rm(bucket, { recursive: true, force: true });
  await rm(dumps, { recursive: true, force: true });
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
  const child = spawn(process.execPath, ["--max-old-space-size=8192", ...command], {
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
}

function bars(): Bar[] {
  const found: Bar[] = [];
  // DESIGN's bars are for recorded snapshots, many of which are alike; `varied` shows the other extreme.
  const find = (tool: string) =>
    rows.find((row) => row.app === "big" && row.tool === tool && row.files === 10_000)?.wallSeconds;
  const [ours, c8, parse] = [find("ours-stored"), find("c8"), find("json-parse")];
  const name = "10,000 big files";
  if (ours && c8) {
    found.push({
      name: `c8's time over ours, ${name}`,
      value: c8 / ours,
      unit: "x",
      kind: "least",
      limit: 15,
    });
  }
  if (ours && parse) {
    found.push({
      name: `our time over JSON.parse's, ${name}`,
      value: ours / parse,
      unit: "x",
      kind: "most",
      limit: 0.25,
    });
  }
  for (const row of rows.filter(({ tool }) => tool === "ours" || tool === "ours-stored")) {
    found.push({
      name: `peak memory, ${row.files} ${row.app} files, ${row.tool}`,
      value: row.peakMb,
      unit: "MB",
      kind: "most",
      limit: 200,
    });
  }
  return found;
}
