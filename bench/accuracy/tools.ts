/** The same snapshots through each tool, reported on the deployed code: no source map blurs the comparison. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { promisify } from "node:util";
import type { CoverageMapData, FileCoverageData } from "istanbul-lib-coverage";
import { CoverageReport } from "monocart-coverage-reports";
import { combine } from "../../src/combine/index.ts";
import { asBucket, deployedScript, runProbed, type V8Run } from "../../tests/oracle/collected.ts";
import { MemoryStore } from "../../tests/oracle/memory-store.ts";
import { astV8ToIstanbul } from "../../tests/oracle/peers.ts";
import { probedBucket, probedFile } from "../../tests/oracle/probed.ts";
import type { FoundCoverage } from "./compare.ts";
import { withIstanbulPlaces } from "./monocart-places.ts";

export interface Deployed {
  /** Absolute path. */
  entry: string;
  /** As V8 names it. */
  url: string;
  /** Without its sourceMappingURL. */
  source: string;
  run: V8Run;
  folder: string;
  events: unknown[];
  /** Path of the Node.js that runs the app. */
  node: string;
}

export type Tool = (deployed: Deployed) => Promise<FoundCoverage>;

export const tools: Record<string, Tool> = {
  probes: async ({ entry, source, run, events, node }) => {
    const file = probedFile(deployedScript(path.basename(entry), source));
    const copy = besides(entry, "probed");
    await writeFile(copy, file.text);
    const { moments, results } = await runProbed(copy, events, { node, probes: [file.plan.probes] });
    if (JSON.stringify(results) !== JSON.stringify(run.results))
      throw new Error(`${copy} answers differently`);
    const store = new MemoryStore(probedBucket({ files: [file], moments, results }));
    const { coverageMap, unknown } = await combine({ store, prefix: "coverage/", exclude: [] });
    return { ...onlyFile(coverageMap.toJSON()), unknown: [...unknown.values()][0] };
  },
  ours: async ({ url, source, run, entry }) => {
    const script = deployedScript(path.basename(entry), source);
    const store = new MemoryStore(asBucket(run, (from) => (from === url ? script : undefined)));
    const { coverageMap, unknown } = await combine({ store, prefix: "coverage/", exclude: [] });
    return { ...onlyFile(coverageMap.toJSON()), unknown: [...unknown.values()][0] };
  },
  "ast-v8-to-istanbul": async ({ url, source, run }) => {
    return onlyFile(await astV8ToIstanbul(run.snapshots, { url, source }));
  },
  monocart: async ({ url, source, run, folder }) => {
    const outputDir = await mkdtemp(path.join(folder, "monocart-"));
    const report = new CoverageReport({ outputDir, reports: ["json"], logging: "off", cleanCache: true });
    for (const snapshot of run.snapshots) {
      const entries = snapshot.filter((script) => script.url === url);
      await report.add(
        entries.map(({ functions }) => ({ url: asUrl(url), functions, source, scriptOffset: 0 })),
      );
    }
    await report.generate();
    const file = onlyFile(JSON.parse(await readFile(path.join(outputDir, "coverage-final.json"), "utf8")));
    return withIstanbulPlaces(file, source);
  },
  c8: async ({ url, run, entry, folder }) => {
    const work = await mkdtemp(path.join(folder, "c8-"));
    await writeDumps(run, url, path.join(work, "dumps"));
    await runC8(path.join(work, "dumps"), path.join(work, "report"), path.dirname(entry));
    return onlyFile(JSON.parse(await readFile(path.join(work, "report/coverage-final.json"), "utf8")));
  },
};

export async function writeDumps(run: V8Run, url: string, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const [index, snapshot] of run.snapshots.entries()) {
    const result = snapshot
      .filter((script) => script.url === url)
      .map(({ functions }) => ({ scriptId: "1", url: asUrl(url), functions }));
    await writeFile(path.join(folder, `coverage-${index}.json`), JSON.stringify({ result }));
  }
}

const c8 = createRequire(import.meta.url).resolve("c8/bin/c8.js");

export async function runC8(dumps: string, report: string, cwd: string, reporters = ["json"]): Promise<void> {
  const names = reporters.flatMap((name) => ["--reporter", name]);
  const args = [c8, "report", "--temp-directory", dumps, "--report-dir", report, ...names];
  await promisify(execFile)(
    process.execPath,
    [...args, "--allowExternal", "--exclude", "nothing", "--exclude-node-modules=false"],
    {
      cwd,
      maxBuffer: 64 * 1024 * 1024,
    },
  );
}

/** A file beside the deployed one, so that it finds what that one requires. */
export function besides(entry: string, what: string): string {
  const extension = path.extname(entry);
  return `${entry.slice(0, -extension.length)}.${what}${extension}`;
}

function asUrl(url: string): string {
  return url.startsWith("file://") ? url : `file://${url}`;
}

function onlyFile(map: CoverageMapData): FileCoverageData {
  const [file, ...others] = Object.values(map);
  if (file === undefined || others.length > 0) throw new Error(`${others.length + 1} files instead of one`);
  return ("toJSON" in file ? file.toJSON() : file) as FileCoverageData;
}
