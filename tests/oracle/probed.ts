/** What the layer stores of a function that ran by probed copies: coverage files, scripts and plans by key. */
import { createHash } from "node:crypto";
import { cp, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";
import {
  type CoverageFile,
  coverageFormat,
  type ProbesScriptCoverage,
} from "../../src/contract/coverage-file.ts";
import {
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
