/** What the layer stores of a function that ran by probed copies: coverage files, scripts and plans by key. */
import { createHash } from "node:crypto";
import { cp, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import {
  type CoverageFile,
  coverageFormat,
  type InitReference,
  type ProbesScriptCoverage,
} from "../../src/contract/coverage-file.ts";
import { initFormat, type ProbesInitScript } from "../../src/contract/init-file.ts";
import {
  coverageSuffix,
  formatCoverageKey,
  formatExecutionId,
  formatPlanKey,
  formatScriptKey,
} from "../../src/contract/object-keys.ts";
import type { ProbePlan } from "../../src/contract/probe-plan.ts";
import { probe } from "../../src/prober/probe.ts";
import {
  type CollectOptions,
  type DeployedScript,
  deployedScript,
  inTemporaryFolder,
  runProbed,
  scriptObject,
} from "./collected.ts";
import { initObject } from "./windows.fixture.ts";

export interface ProbedFile {
  script: DeployedScript;
  plan: ProbePlan;
  planKey: string;
  /** The copy's text. */
  text: string;
}

export interface ProbedRun {
  files: ProbedFile[];
  /** After load, then after every `eventsPerSnapshot` events, then at the end: per file how often each probe counted. */
  moments: number[][][];
  results: unknown[];
}

/** The probed copy that has the counters of slice `slice`. */
export function probedFile(script: DeployedScript, slice = 0): ProbedFile {
  const kind = /\.mjs$/.test(script.path) ? "module" : "commonjs";
  const { text, plan } = probe(script.source, { kind, counters: { slice, by: "function" } });
  const planKey = formatPlanKey(createHash("sha256").update(JSON.stringify(plan)).digest("hex"));
  return { script, plan, planKey, text };
}

/** Runs a folder's app with copies in place of `scripts`, whose paths are relative to it. */
export async function runProbedFolder(
  folder: string,
  { entry, scripts }: { entry: string; scripts: readonly DeployedScript[] },
  events: readonly unknown[],
  options: CollectOptions = {},
): Promise<ProbedRun> {
  return inTemporaryFolder(async (copy) => {
    await cp(folder, copy, { recursive: true });
    const files = scripts.map((script, slice) => probedFile(script, slice));
    for (const { script, text } of files) await writeFile(path.join(copy, script.path), text);
    const sizes = files.map(({ plan }) => plan.probes);
    const run = await runProbed(path.join(copy, entry), [...events], { ...options, probes: sizes });
    return { files, moments: run.moments, results: run.results };
  });
}

export async function readScript(folder: string, name: string): Promise<DeployedScript> {
  const file = path.join(folder, name);
  const map = await readFile(`${file}.map`, "utf8").catch(() => undefined);
  return deployedScript(name, await readFile(file, "utf8"), map);
}

/** The coverage files of one environment, one per moment behind load, with all that they name. */
export function probedBucket(
  { files, moments }: ProbedRun,
  file: Partial<CoverageFile> = {},
): Map<string, Uint8Array> {
  const objects = new Map<string, Uint8Array>();
  for (const { script, plan, planKey } of files) {
    objects.set(formatScriptKey(script.sha256), scriptObject(script));
    objects.set(planKey, gzipSync(JSON.stringify(plan)));
  }
  for (const [sequence, moment] of moments.slice(1).entries()) {
    // Moment 0 is load, which the first file holds.
    const before = sequence === 0 ? undefined : moments[sequence];
    const scripts = files.map((probed, slice) =>
      entryOf(probed, differences(moment[slice], before?.[slice])),
    );
    const { key, body } = keyedFile(scripts, sequence, file);
    objects.set(key, gzipSync(JSON.stringify(body)));
  }
  return objects;
}

/** The same, with the inits that the layer stores: read when loading had ended, or with the file that came with a module. */
export function probedEnvironment(run: ProbedRun): Map<string, Uint8Array> {
  const loaded = run.moments.map((moment) => run.files.filter((_, slice) => moment[slice]?.some(isCounted)));
  const inits: (InitReference & { body: Uint8Array })[] = [];
  for (const [moment, files] of loaded.entries()) {
    const fresh = files.filter((file) => moment === 0 || loaded[moment - 1]?.includes(file) === false);
    if (fresh.length === 0) continue;
    const scripts = fresh.map((file) =>
      initEntry(file, run.moments[moment]?.[run.files.indexOf(file)] ?? []),
    );
    const extent = moment === 0 ? "load" : "first-file";
    const { key, body } = initObject({ format: initFormat, extent, granularity: "block", scripts });
    inits.push({ init: key, sequence: Math.max(0, moment - 1), body });
  }
  const objects = probedBucket(run);
  for (const [key, bytes] of objects) {
    if (!key.endsWith(coverageSuffix)) continue;
    const file = JSON.parse(gunzipSync(bytes).toString("utf8")) as CoverageFile;
    const known = inits.filter(({ sequence }) => sequence <= file.environment.sequence);
    const names = known.map(({ init, sequence }) => ({ init, sequence }));
    const isLoaded = ({ path: at }: { path: string }) =>
      loaded[file.environment.sequence + 1]?.some(({ script }) => script.path === at);
    const stored = { ...file, scripts: file.scripts.filter(isLoaded), inits: names };
    objects.set(key, gzipSync(JSON.stringify(stored)));
  }
  for (const { init, body } of inits) objects.set(init, body);
  return objects;
}

const isCounted = (count: number): boolean => count > 0;

function initEntry(file: ProbedFile, counts: readonly number[]): ProbesInitScript {
  const { kind, path: at, script } = entryOf(file, counts);
  const covered: number[] = [];
  for (const { 0: stretch, index } of counts
    .map((count) => (count > 0 ? "x" : "-"))
    .join("")
    .matchAll(/x+/g)) {
    covered.push(index - lengthOf(covered), stretch.length);
  }
  return { kind, path: at, script, plan: file.planKey, collectedFrom: "start", covered };
}

function lengthOf(stretches: readonly number[]): number {
  return stretches.reduce((sum, length) => sum + length, 0);
}

export function entryOf({ script, planKey }: ProbedFile, counts: readonly number[]): ProbesScriptCoverage {
  const packed: number[] = [];
  let next = 0;
  for (const [index, count] of counts.entries()) {
    if (count === 0) continue;
    packed.push(index - next, count);
    next = index + 1;
  }
  const { path: at, sha256 } = script;
  return { kind: "probes", path: at, script: formatScriptKey(sha256), plan: planKey, counts: packed };
}

function differences(after: readonly number[] = [], before: readonly number[] = []): number[] {
  return after.map((count, index) => count - (before[index] ?? 0));
}

function keyedFile(scripts: ProbesScriptCoverage[], sequence: number, file: Partial<CoverageFile>) {
  const startedAt = new Date(Date.UTC(2026, 10, 20, 12, 0, sequence));
  const id = file.environment?.id ?? "probed";
  const requestId = `${id}-${sequence}`;
  const body: CoverageFile = {
    format: coverageFormat,
    function: { name: "app", version: "$LATEST", region: "eu-west-1", runtime: "nodejs22.x" },
    invocations: [{ requestId, startedAt: startedAt.toISOString(), durationMs: 1, outcome: "ok" }],
    granularity: "block",
    collectedFrom: "start",
    exact: true,
    ...file,
    environment: { id, sequence },
    scripts,
  };
  const executionId = formatExecutionId(startedAt, requestId);
  const functionName = body.function.name;
  return {
    key: formatCoverageKey({ prefix: "coverage/", functionName, executionId, date: startedAt }),
    body,
  };
}
