/** Plans of probed files: loaded, checked against the hash in their key, and wholly before anything is read by them. */
import { createHash } from "node:crypto";
import { parsePlanKey, parseScriptKey } from "../../contract/object-keys.ts";
import type { ProbePlan } from "../../contract/probe-plan.ts";
import { probePlanProblem } from "../../contract/probe-plan-problem.ts";
import type { CoverageStore } from "../../store/store.ts";
import { endOfCounts } from "./check-counts.ts";
import { parseUnpacked, readBytes } from "./read-object.ts";
import type { ScriptEntry } from "./script-lengths.ts";
import { unpackAlone } from "./unpack.ts";
import { invalid, UnusableFile } from "./validate.ts";

/** Plans on their way at once, for all coverage files together: an app has thousands of modules. */
const concurrency = 16;
/** Of JSON, for all plans that are kept until their scripts are mapped. */
const mostKeptBytes = 16 * 1024 * 1024;

export type LoadedPlan = { plan: ProbePlan; bytes: number } | { problem: string };

export interface PlanSource {
  store: CoverageStore;
  /** Of one plan, packed or unpacked. */
  maxBytes: number;
  onBytes: (bytes: number) => void;
}

export class Plans {
  readonly #from: PlanSource;
  /** What coverage files are held to; undefined: no usable plan, see `unmapped` of the result. */
  readonly #seen = new Map<string, Pick<ProbePlan, "sha256" | "probes"> | undefined>();
  readonly #loading = new Map<string, Promise<void>>();
  readonly #kept = new Map<string, LoadedPlan>();
  readonly #waiting: (() => void)[] = [];
  #keptBytes = 0;
  #running = 0;

  constructor(from: PlanSource) {
    this.#from = from;
  }

  unseen(scripts: readonly ScriptEntry[]): string[] {
    return scripts.flatMap((script) =>
      script.kind === "probes" && script.plan !== null && !this.#seen.has(script.plan) ? [script.plan] : [],
    );
  }

  async loadAll(keys: readonly string[]): Promise<void> {
    await Promise.all(keys.map((key) => this.#loadOnce(key)));
  }

  /** Throws `UnusableFile` where an entry cannot be of the plan that it names. */
  check(scripts: readonly ScriptEntry[]): void {
    for (const [index, script] of scripts.entries()) {
      if (script.kind !== "probes" || script.plan === null) continue;
      const plan = this.#seen.get(script.plan);
      if (plan === undefined) continue;
      if (script.script !== null && parseScriptKey(script.script) !== plan.sha256) {
        invalid(`scripts[${index}] has a plan of another script`);
      }
      if (endOf(script) > plan.probes) {
        invalid(`scripts[${index}] counts more probes than ${script.plan} has`);
      }
    }
  }

  /** For mapping, once. Never rejects for what is wrong with one plan. */
  async take(key: string): Promise<LoadedPlan> {
    const kept = this.#kept.get(key);
    if (kept === undefined) return this.#read(key);
    this.#kept.delete(key);
    if ("plan" in kept) this.#keptBytes -= kept.bytes;
    return kept;
  }

  #loadOnce(key: string): Promise<void> {
    let loading = this.#loading.get(key);
    if (loading === undefined) {
      loading = this.#load(key).finally(() => this.#loading.delete(key));
      this.#loading.set(key, loading);
    }
    return loading;
  }

  async #load(key: string): Promise<void> {
    if (this.#running === concurrency) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
    try {
      const loaded = await this.#read(key);
      this.#keep(key, loaded);
      this.#seen.set(
        key,
        "plan" in loaded ? { sha256: loaded.plan.sha256, probes: loaded.plan.probes } : undefined,
      );
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  #keep(key: string, loaded: LoadedPlan): void {
    const bytes = "plan" in loaded ? loaded.bytes : 0;
    if (this.#keptBytes + bytes > mostKeptBytes) return;
    this.#keptBytes += bytes;
    this.#kept.set(key, loaded);
  }

  async #read(key: string): Promise<LoadedPlan> {
    const { store, maxBytes, onBytes } = this.#from;
    try {
      const packed = await readBytes(store, key);
      onBytes(packed.length);
      const unpacked = unpackAlone(packed, maxBytes);
      return { plan: checkPlan(unpacked, parsePlanKey(key) as string), bytes: unpacked.length };
    } catch (error) {
      if (error instanceof UnusableFile) return { problem: `its plan ${key}: ${error.message}` };
      throw error;
    }
  }
}

/** Plans come from a bucket that others write to: the name is the proof. */
function checkPlan(json: Buffer, sha256: string): ProbePlan {
  const actual = createHash("sha256").update(json).digest("hex");
  if (actual !== sha256) invalid(`its JSON has the sha256 ${actual}, not ${sha256} as its key says`);
  const value = parseUnpacked(json, (text) => JSON.parse(text.toString("utf8")));
  const problem = probePlanProblem(value);
  if (problem !== undefined) invalid(problem);
  return value as ProbePlan;
}

/** How many probes there are at least. */
function endOf(script: ScriptEntry & { kind: "probes" }): number {
  if ("covered" in script) return script.covered.reduce((sum, number) => sum + number, 0);
  return endOfCounts(script.counts);
}
