/** The same coverage files through our combiner, and, by `lambda-coverage export`, through c8 and monocart. */
import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import libCoverage, { type CoverageMapData } from "istanbul-lib-coverage";
import { createInstrumenter } from "istanbul-lib-instrument";
import { CoverageReport } from "monocart-coverage-reports";
import { exportV8Coverage } from "../../src/cli/v8-export/export-folder.ts";
import { combine } from "../../src/combine/index.ts";
import { openStore } from "../../src/store/open-store.ts";
import { asBucket, deployedScript, runIstanbul, runV8 } from "../../tests/oracle/collected.ts";
import type { Case } from "./cases.ts";

export const toolNames = ["c8", "monocart", "ours"] as const;
export type ToolName = (typeof toolNames)[number];

/** Hits by line; a line without an entry holds nothing to cover. */
export type LineHits = Record<number, number>;

export interface Compared {
  case: Case;
  source: string;
  /** Istanbul's instrumentation, of all events: what really ran. */
  truth: LineHits;
  tools: Record<ToolName, LineHits>;
}

const apps = path.join(import.meta.dirname, "apps");

/** `node`: path of the Node.js that runs the function. `folder`: for work files. */
export async function compareCase(one: Case, node: string, folder: string): Promise<Compared> {
  const entry = path.join(apps, `${one.name}.cjs`);
  const source = await readFile(entry, "utf8");
  const options = { node, eventsPerSnapshot: 1 };
  const bucket = path.join(folder, one.name, "bucket");
  await storeCoverage(one, bucket, entry, source, options);
  const instrumented = path.join(folder, one.name, "instrumented.cjs");
  await writeFile(instrumented, createInstrumenter({ esModules: false }).instrumentSync(source, entry));
  const istanbul = await runIstanbul(instrumented, one.events, options);
  const opened = await openStore(bucket);
  const exported = path.join(folder, one.name, "export");
  await exportV8Coverage({ opened, directory: exported });
  const ours = await combine({ ...opened, exclude: [] });
  return {
    case: one,
    source,
    truth: lineHits(istanbul.coverage),
    tools: {
      c8: lineHits(await c8(exported)),
      monocart: lineHits(await monocart(exported, path.join(folder, one.name, "monocart"))),
      ours: lineHits(ours.coverageMap.toJSON()),
    },
  };
}

async function storeCoverage(
  one: Case,
  bucket: string,
  entry: string,
  source: string,
  options: { node: string; eventsPerSnapshot: number },
): Promise<void> {
  const run = await runV8(entry, one.events, options);
  // The snapshot of the end, after the last invocation's: nothing ran since.
  run.snapshots.length = one.events.length;
  const script = deployedScript(path.basename(entry), source);
  const files = [
    ...asBucket(run, (url) => (url === pathToFileURL(entry).href || url === entry ? script : undefined)),
  ];
  const coverage = files
    .filter(([key]) => key.endsWith(".coverage"))
    .map(([key]) => key)
    .sort();
  const lost = new Set(one.lost.map((sequence) => coverage[sequence]));
  for (const [key, body] of files) {
    if (lost.has(key)) continue;
    const file = path.join(bucket, key);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, body);
  }
}

const c8Main = path.join(
  path.dirname(createRequire(import.meta.url).resolve("c8/package.json")),
  "bin/c8.js",
);

/** As `export` says it: c8 in the exported folder. */
async function c8(exported: string): Promise<CoverageMapData> {
  const args = [
    c8Main,
    "report",
    "--temp-directory",
    "coverage",
    "--reporter",
    "json",
    "--reports-dir",
    "c8",
  ];
  await promisify(execFile)(process.execPath, args, { cwd: exported });
  return JSON.parse(await readFile(path.join(exported, "c8/coverage-final.json"), "utf8"));
}

async function monocart(exported: string, outputDir: string): Promise<CoverageMapData> {
  const report = new CoverageReport({ logging: "off", reports: ["json"], outputDir });
  await report.addFromDir(path.join(exported, "coverage"));
  await report.generate();
  return JSON.parse(await readFile(path.join(outputDir, "coverage-final.json"), "utf8"));
}

function lineHits(map: CoverageMapData): LineHits {
  const [file, ...others] = libCoverage.createCoverageMap(map).files();
  if (file === undefined || others.length > 0) throw new Error(`${others.length + 1} files instead of one`);
  return libCoverage.createCoverageMap(map).fileCoverageFor(file).getLineCoverage();
}
