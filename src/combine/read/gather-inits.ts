/** The inits that the selection needs: of environments whose beginning lies outside of it. */
import type { InitFile } from "../../contract/init-file.ts";
import type { WindowReason } from "../counters.ts";
import { probesOf } from "../fold/function-scripts.ts";
import { type FunctionWindow, functionWindows } from "../fold/windows.ts";
import { type CombineOptions, defaultLimits } from "../options.ts";
import type { InitSummary } from "../result.ts";
import type { Gathered } from "./gather.ts";
import { type InitSource, readInitFile } from "./init-file.ts";
import { UnusableFile } from "./validate.ts";

/** Init files on their way at once; each is dropped when it is counted. */
const concurrency = 8;

type InitNeed = [functionName: string, environments: number];

export class Inits {
  readonly summary: InitSummary = { environments: 0, withoutInit: 0, gone: [] };
  readonly #windows: ReadonlyMap<string, FunctionWindow>;
  readonly #lacksInit = new Set<string>();

  constructor(windows: ReadonlyMap<string, FunctionWindow>) {
    this.#windows = windows;
    for (const [functionName, { environments, withoutInit }] of windows) {
      this.summary.environments += environments;
      this.summary.withoutInit += withoutInit;
      if (withoutInit > 0) this.#lacksInit.add(functionName);
    }
  }

  /** Init key → the functions that need it, with the number of their environments. */
  needs(): Map<string, InitNeed[]> {
    const needs = new Map<string, InitNeed[]>();
    for (const [functionName, { needs: own }] of this.#windows) {
      for (const [key, environments] of own) {
        needs.set(key, [...(needs.get(key) ?? []), [functionName, environments]]);
      }
    }
    return needs;
  }

  addGone(key: string, { reason, message }: UnusableFile, uses: readonly InitNeed[]): void {
    this.summary.gone.push({ key, reason, detail: message, environments: environmentsOf(uses) });
    for (const [functionName] of uses) this.#lacksInit.add(functionName);
  }

  /** Why what the selection does not show of this function may have run nevertheless; undefined: it did not. */
  windowReason(functionName: string): WindowReason | undefined {
    if (this.#windows.get(functionName)?.isInexact) return "window";
    return this.#lacksInit.has(functionName) ? "init-gone" : undefined;
  }

  /** Of any function. */
  get anyWindowReason(): WindowReason | undefined {
    const reasons = [...this.#windows.keys()].map((functionName) => this.windowReason(functionName));
    return reasons.find((reason) => reason !== undefined);
  }
}

/** Counts each init for the environments that went through it. */
export async function gatherInits(options: CombineOptions, gathered: Gathered): Promise<Inits> {
  const inits = new Inits(functionWindows(gathered.environments));
  const limits = { ...defaultLimits, ...options.limits };
  const source = { store: options.store, maxBytes: limits.maxFileBytes, signal: options.signal };
  const needs = [...inits.needs()];
  const read = async (): Promise<void> => {
    for (let next = needs.pop(); next !== undefined; next = needs.pop()) {
      const [key, uses] = next;
      try {
        const file = await readInit(source, key, gathered);
        for (const use of uses) addInit(gathered, file, use);
      } catch (error) {
        if (!(error instanceof UnusableFile)) throw error;
        inits.addGone(key, error, uses);
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, read));
  inits.summary.gone.sort((a, b) => (a.key < b.key ? -1 : 1));
  return inits;
}

async function readInit(from: Omit<InitSource, "onBytes">, key: string, gathered: Gathered) {
  const onBytes = (bytes: number) => {
    gathered.bytesRead += bytes;
  };
  const file = await readInitFile({ ...from, onBytes }, key);
  const unseen = gathered.unseen(file.scripts);
  if (unseen !== undefined) await gathered.load(unseen);
  gathered.check(file.scripts);
  return file;
}

function addInit(gathered: Gathered, file: InitFile, [functionName, environments]: InitNeed): void {
  const { extent, granularity } = file;
  for (const script of file.scripts) {
    const counted = gathered.function(functionName).script(script, 0);
    if (script.kind === "v8") counted.init.add(script, { extent, granularity, environments });
    else probesOf(counted, script.plan).init.add(script, { extent, granularity: "block", environments });
  }
}

function environmentsOf(uses: readonly InitNeed[]): number {
  return uses.reduce((sum, [, environments]) => sum + environments, 0);
}
