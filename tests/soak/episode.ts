/** Plays one episode: the same events bare and with the layer, faults only for S3. */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { CoverageFile } from "../../src/contract/coverage-file.ts";
import { probeFolder } from "../../src/probe-package/index.ts";
import { type Host, seen } from "../behaviour/host.ts";
import { coveredCode } from "./covered.ts";
import type { EpisodePlan } from "./episode-plan.ts";
import { countViolations, fileViolations, windowViolations } from "./file-checks.ts";
import { keepLedger, type Ledger, type StoredFile } from "./ledger.ts";

export interface EpisodeResult {
  invocations: number;
  faults: number;
  files: number;
  stored: number;
  pending: number;
  lost: number;
  /** One line each: what the caller, the log or the files said otherwise than they should. */
  violations: string[];
}

/** Calls without faults at the end: what is pending gets its chance. */
const quietCalls = 6;
const quietEvent = { way: "value", n: 1, size: 1, ms: 0 };
/** The circuit breaker asks again after at most so many invocations that it skipped. */
const maxSettlingCalls = 64;

interface Played {
  name: string;
  results: unknown[];
  requestIds: string[];
  sandboxId: string;
}

export async function playEpisode(host: Host, plan: EpisodePlan): Promise<EpisodeResult> {
  const code = host.newFolder();
  copyFileSync(join(import.meta.dirname, "handler.cjs"), join(code, "index.js"));
  if (plan.isProbed) await probeFolder(code);
  const { runtime, handler, timeoutSeconds } = plan;
  const config = { code, handler, ...runtime, timeoutSeconds, memoryMb: 256 };
  const environment = { UV_THREADPOOL_SIZE: plan.environment.UV_THREADPOOL_SIZE ?? "4" };
  const bareName = await host.bare({ ...config, environment });
  const layeredName = await host.layered({ ...config, environment: plan.environment });
  const [bare, layered] = await Promise.all([
    play(host, bareName, plan),
    play(host, layeredName, plan, { withFaults: true }),
  ]);
  const ledger = await settle(host, layered);
  const files = await host.coverageFiles(layered.name);
  const violations = [
    ...(plan.isWarm ? await windowViolations(host, files, layered.requestIds, plan) : []),
    ...differences(bare, layered, plan),
    ...(await logDifferences(host, bare, layered)),
    ...fileViolations(files, layered.requestIds),
    ...ledgerViolations(ledger, layered, plan),
  ];
  if (plan.environment.COVERAGE_UPLOAD === "every") violations.push(...(await countViolations(host, files)));
  else violations.push(...(await unionViolations(host, plan, config, files)));
  if (violations.length > 0) violations.push(...(await agentErrors(host, layered)));
  await host.lambda.shutdown(layered.sandboxId);
  await host.lambda.shutdown(bare.sandboxId);
  const { stored, pending, lost } = ledger;
  return {
    invocations: layered.requestIds.length + bare.requestIds.length,
    faults: [...plan.faults.values()].filter((fault) => fault !== undefined).length,
    files: files.length,
    ...{ stored, pending, lost, violations },
  };
}

async function play(
  host: Host,
  name: string,
  plan: EpisodePlan,
  { withFaults = false } = {},
): Promise<Played> {
  const results: unknown[] = [];
  const requestIds: string[] = [];
  let sandboxId = "";
  for (const [n, event] of [...plan.events, ...Array(quietCalls).fill(quietEvent)].entries()) {
    if (withFaults && plan.faults.has(n)) await host.s3.setFaults(plan.faults.get(n));
    if (withFaults && n === plan.events.length) await host.s3.setFaults();
    if (plan.killsBetween.has(n)) await killFrozen(host, name, sandboxId);
    const result = await host.lambda.invoke(name, event, { sandbox: sandboxId === "" ? "new" : sandboxId });
    sandboxId = result.sandboxId;
    requestIds.push(result.requestId);
    // Traces are the behaviour suite's: it knows which frames may be missing.
    results.push({ ...seen(result), trace: undefined });
  }
  return { name, results, requestIds, sandboxId };
}

/** Where the last invocation ended its process, there is none to kill. */
async function killFrozen(host: Host, name: string, sandboxId: string): Promise<void> {
  const sandbox = (await host.lambda.sandboxes(name)).find((candidate) => candidate.sandboxId === sandboxId);
  if (sandbox?.pid !== undefined) await host.lambda.signalRuntime(sandboxId, "SIGKILL");
}

/** Without faults, later invocations bring what was pending, what V8 still held, and what was lost. */
async function settle(host: Host, layered: Played): Promise<Ledger> {
  for (let call = 0; ; call++) {
    const ledger = keepLedger({
      requestIds: layered.requestIds,
      files: await storedFiles(host, layered.name),
      sandboxes: (await host.lambda.sandboxes(layered.name)).filter(
        ({ sandboxId }) => sandboxId === layered.sandboxId,
      ),
      events: await host.eventsOf(layered.sandboxId),
    });
    if (ledger.pending + ledger.unexplained.length === 0 || call === maxSettlingCalls / 8) return ledger;
    for (let quiet = 0; quiet < 8; quiet++) {
      const result = await host.lambda.invoke(layered.name, quietEvent, { sandbox: layered.sandboxId });
      layered.requestIds.push(result.requestId);
    }
  }
}

async function storedFiles(host: Host, functionName: string): Promise<StoredFile[]> {
  const keys = (await host.keys("coverage/")).filter((key) => key.includes(`/${functionName}-`));
  return Promise.all(keys.map(async (key) => ({ key, file: await host.object<CoverageFile>(key) })));
}

function ledgerViolations(ledger: Ledger, layered: Played, plan: EpisodePlan): string[] {
  const describe = (requestId: string): string => {
    const n = layered.requestIds.indexOf(requestId);
    const faults =
      n < plan.events.length ? [...plan.faults].filter(([at]) => at <= n).at(-1)?.[1] : undefined;
    return `call ${n} (${plan.events[n]?.way ?? "quiet"}, S3: ${JSON.stringify(faults) ?? "well"}) ${requestId}`;
  };
  const isNew = plan.environment.COVERAGE_UPLOAD === "new";
  const missing = plan.isCalm ? ledger.lost + ledger.pending : 0;
  return [
    // In `new` mode an invocation that ran nothing new has no file of its own.
    ...(isNew ? [] : ledger.unexplained.map((id) => `nothing is known of ${describe(id)}`)),
    ...ledger.doubled.map((id) => `stored twice: ${describe(id)}`),
    ...(missing > 0 ? [`${missing} invocations are not stored, though nothing happened to them`] : []),
  ];
}

function differences(bare: Played, layered: Played, plan: EpisodePlan): string[] {
  return bare.results.flatMap((result, n) =>
    isDeepStrictEqual(result, layered.results[n])
      ? []
      : [
          `call ${n} (${plan.events[n]?.way ?? "quiet"}): bare ${JSON.stringify(result)}, with the layer ${JSON.stringify(layered.results[n])}`,
        ],
  );
}

/** What the agent itself said of it. */
async function agentErrors(host: Host, { name }: Played): Promise<string[]> {
  const lines = await host.layerLines(name);
  return lines.filter(({ level }) => level === "ERROR").map((line) => `the agent: ${JSON.stringify(line)}`);
}

async function logDifferences(host: Host, bare: Played, layered: Played): Promise<string[]> {
  const own = async ({ name }: Played) =>
    (await host.ownLines(name)).filter((line) => /own (error )?line/.test(line)).sort();
  const [without, withLayer] = [await own(bare), await own(layered)];
  return isDeepStrictEqual(without, withLayer) ? [] : ["the function's own log lines differ"];
}

async function unionViolations(
  host: Host,
  plan: EpisodePlan,
  config: Parameters<Host["layered"]>[0],
  files: readonly CoverageFile[],
): Promise<string[]> {
  const environment = { ...plan.environment, COVERAGE_UPLOAD: "every" };
  const every = await play(host, await host.layered({ ...config, environment }), plan);
  await host.lambda.shutdown(every.sandboxId);
  const union = await coveredCode(host, await host.coverageFiles(every.name));
  const found = await coveredCode(host, files);
  return union === found ? [] : ["the union of `new` is not that of `every`"];
}
