/** Runs one function bare and with the layer, call by call in turn, in fresh sandboxes each round. */
import type { InvokeResult, LocalFunctionConfig, LocalLambda } from "../../src/local/index.ts";
import { monotonicMs } from "../../src/local/index.ts";
import { differences, median, quantile } from "../statistics.ts";
import type { Deployment } from "./deployments.ts";

export interface Variant {
  /** Milliseconds; `init + first` is what the caller of a cold start waits for. */
  coldMs: number[];
  initMs: number[];
  latencyMs: number[];
  /** After the response, until the environment may freeze. */
  afterMs: number[];
  peakBytes: number[];
}

export interface Pair {
  bare: Variant;
  layer: Variant;
  /** Of each round: paired differences of warm calls. */
  addedP50Ms: number[];
  addedP95Ms: number[];
  callsPerSecond: { bare: number[]; layer: number[] };
}

export interface RoundsOptions {
  lambda: LocalLambda;
  deployment: Deployment;
  config: Omit<LocalFunctionConfig, "name" | "code" | "handler">;
  layer: Pick<LocalFunctionConfig, "layers" | "environment"> & { code?: string };
  rounds: number;
  callsPerRound: number;
  /** Rounds of one call only: cold starts are few otherwise. */
  coldRounds: number;
  progress(text: string): void;
}

type Which = "bare" | "layer";

export async function runPair(options: RoundsOptions): Promise<Pair> {
  const { lambda, deployment, config, layer } = options;
  const names = { bare: `bench-bare-${deployment.size}`, layer: `bench-layer-${deployment.size}` };
  const base = { ...config, code: deployment.code, handler: deployment.handler };
  await lambda.createFunction({ ...base, name: names.bare });
  await lambda.createFunction({ ...base, ...layer, name: names.layer });
  const empty = (): Variant => ({ coldMs: [], initMs: [], latencyMs: [], afterMs: [], peakBytes: [] });
  const pair: Pair = {
    bare: empty(),
    layer: empty(),
    addedP50Ms: [],
    addedP95Ms: [],
    callsPerSecond: { bare: [], layer: [] },
  };
  for (let round = 0; round < options.coldRounds + options.rounds; round++) {
    const isCold = round < options.coldRounds;
    options.progress(`${deployment.size}: round ${round + 1} of ${options.coldRounds + options.rounds}`);
    await oneRound(options, names, pair, round, isCold ? 0 : options.callsPerRound);
  }
  return pair;
}

async function oneRound(
  options: RoundsOptions,
  names: Record<Which, string>,
  pair: Pair,
  round: number,
  calls: number,
): Promise<void> {
  const { lambda, deployment } = options;
  const order: Which[] = round % 2 === 0 ? ["bare", "layer"] : ["layer", "bare"];
  const sandbox: Partial<Record<Which, string>> = {};
  for (const which of order) {
    const first = checked(await lambda.invoke(names[which], deployment.event(1), { sandbox: "new" }));
    sandbox[which] = first.sandboxId;
    pair[which].initMs.push(first.initMs ?? Number.NaN);
    pair[which].coldMs.push((first.initMs ?? Number.NaN) + first.latencyMs);
  }
  const latency: Record<Which, number[]> = { bare: [], layer: [] };
  const wall: Record<Which, number> = { bare: 0, layer: 0 };
  const peak: Record<Which, number> = { bare: 0, layer: 0 };
  for (let n = 0; n < calls; n++) {
    for (const which of n % 2 === 0 ? order : order.toReversed()) {
      const startedAt = monotonicMs();
      const result = checked(
        await lambda.invoke(names[which], deployment.event(n), { sandbox: sandbox[which] as string }),
      );
      wall[which] += monotonicMs() - startedAt;
      latency[which].push(result.latencyMs);
      pair[which].afterMs.push(result.heldMs - result.latencyMs);
      peak[which] = result.maxMemoryBytes;
    }
  }
  for (const which of order) await lambda.shutdown(sandbox[which]);
  if (calls === 0) return;
  for (const which of order) {
    pair[which].latencyMs.push(...latency[which]);
    pair[which].peakBytes.push(peak[which]);
    pair.callsPerSecond[which].push((calls * 1000) / wall[which]);
  }
  pair.addedP50Ms.push(median(differences(latency.layer, latency.bare)));
  pair.addedP95Ms.push(quantile(latency.layer, 0.95) - quantile(latency.bare, 0.95));
}

function checked(result: InvokeResult): InvokeResult {
  if (result.functionError !== undefined || result.timedOut) {
    throw new Error(`The benched function failed: ${result.payload}`);
  }
  return result;
}
