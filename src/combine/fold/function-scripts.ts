/** What the coverage files of one Lambda function say: its scripts' counts, invocations, settings. */
import type {
  CoverageFile,
  FunctionIdentity,
  Invocation,
  ScriptCoverage,
} from "../../contract/coverage-file.ts";
import { deployedPath } from "../join/original-path.ts";
import type { InvocationCounts } from "../result.ts";
import { InitCounts } from "./init-counts.ts";
import { ProbeCounts } from "./probe-counts.ts";
import { PythonCounts } from "./python-counts.ts";
import { ScriptCounts } from "./script-counts.ts";

export interface GatheredScript {
  language: "javascript" | "python";
  /** Deployed path. */
  path: string;
  /** Key of the script file, or undefined where the agent could not have the source. */
  script: string | undefined;
  unmapped: string | undefined;
  /** Newest start of an invocation that ran it, ms since 1970; 0 where not known. */
  lastSeenMs: number;
  v8: ScriptCounts;
  /** What ran before the files that were counted, where they are windows of their environments. */
  init: InitCounts;
  /** By plan; null: it ran without probes where there should have been some. */
  probes: Map<string | null, ProbeCounts>;
  python: PythonCounts;
}

export class FunctionScripts {
  readonly name: string;
  readonly versions = new Set<string>();
  readonly runtimes = new Set<string>();
  readonly invocations: InvocationCounts = noInvocations();
  readonly scripts = new Map<string, GatheredScript>();
  filesProcessed = 0;
  include: string[] | undefined;
  exclude: string[] | undefined;
  firstSeenMs = Number.POSITIVE_INFINITY;
  lastSeenMs = 0;
  #hasSettings = false;

  constructor(name: string) {
    this.name = name;
  }

  addIdentity(identity: FunctionIdentity): void {
    this.versions.add(identity.version);
    this.runtimes.add(identity.runtime);
  }

  /** Returns first and last start, undefined without invocations. */
  addInvocations(invocations: readonly Invocation[]): [number, number] | [undefined, undefined] {
    let first: number | undefined;
    let last: number | undefined;
    for (const { startedAt, outcome } of invocations) {
      const at = Math.max(0, Date.parse(startedAt));
      if (last === undefined || at > last) last = at;
      if (first === undefined || at < first) first = at;
      this.invocations.count++;
      this.invocations.outcomes[outcome]++;
    }
    return first === undefined ? [undefined, undefined] : [first, last as number];
  }

  /** The settings of the newest file hold; of two equally new ones the greater, so that order never matters. */
  seen(first: number | undefined, last: number | undefined, settings: PatternSettings): void {
    if (first !== undefined && first < this.firstSeenMs) this.firstSeenMs = first;
    const lastMs = last ?? 0;
    const isNewer = lastMs > this.lastSeenMs || !this.#hasSettings;
    if (isNewer || (lastMs === this.lastSeenMs && patternOrder(settings) > patternOrder(this))) {
      this.include = settings.include;
      this.exclude = settings.exclude;
    }
    this.#hasSettings = true;
    if (lastMs > this.lastSeenMs) this.lastSeenMs = lastMs;
  }

  /** A file that was checked wholly; the settings of the newest one hold. */
  addFile(file: CoverageFile): void {
    this.filesProcessed++;
    this.addIdentity(file.function);
    const [first, last] = this.addInvocations(file.invocations);
    this.seen(first, last, file);
    const seenMs = last ?? 0;
    for (const script of file.scripts) {
      const gathered = this.script(script, seenMs);
      if (script.kind === "probes") {
        probesOf(gathered, script.plan).add(script.counts);
        continue;
      }
      const late = (script.collectedFrom ?? file.collectedFrom) === "late";
      if (script.kind === "v8") {
        gathered.v8.add(script.ranges, { late, functionGranularity: file.granularity === "function" });
      } else gathered.python.add(script, late);
    }
  }

  script(entry: ScriptEntry, seenMs: number): GatheredScript {
    const first = this.scripts.get(entry.script ?? `path:${entry.path}`);
    const script = first?.path === entry.path ? first : this.#scriptOfPath(entry, first);
    if (seenMs > script.lastSeenMs) script.lastSeenMs = seenMs;
    // The least one, so that order never matters.
    if (entry.unmapped !== undefined && !(entry.unmapped >= (script.unmapped ?? "\uffff")))
      script.unmapped = entry.unmapped;
    return script;
  }

  /** Files of equal text share a script file, but each path of them counts for itself. */
  #scriptOfPath(entry: ScriptEntry, first: GatheredScript | undefined): GatheredScript {
    const deployed = deployedPath(entry.path);
    const isFirst = first === undefined || deployedPath(first.path) === deployed;
    const key = entry.script ?? `path:${entry.path}`;
    const ownKey = isFirst ? key : `${key} ${deployed}`;
    const known = this.scripts.get(ownKey);
    if (known !== undefined) {
      // Loaded under several queries: the least one, so that order never matters.
      if (entry.path < known.path) known.path = entry.path;
      return known;
    }
    const script: GatheredScript = {
      language: entry.kind === "python" ? "python" : "javascript",
      path: entry.path,
      script: entry.script ?? undefined,
      unmapped: entry.unmapped,
      lastSeenMs: 0,
      v8: new ScriptCounts(),
      init: new InitCounts(),
      probes: new Map(),
      python: new PythonCounts(),
    };
    this.scripts.set(ownKey, script);
    return script;
  }
}

/** The script's counts of this plan. */
export function probesOf({ probes }: GatheredScript, plan: string | null): ProbeCounts {
  let counts = probes.get(plan);
  if (counts === undefined) {
    counts = new ProbeCounts();
    probes.set(plan, counts);
  }
  return counts;
}

type ScriptEntry = Pick<ScriptCoverage, "kind" | "path" | "script" | "unmapped">;

interface PatternSettings {
  include?: string[] | undefined;
  exclude?: string[] | undefined;
}

function patternOrder({ include, exclude }: PatternSettings): string {
  return include === undefined && exclude === undefined ? "" : JSON.stringify([include, exclude]);
}

export function noInvocations(): InvocationCounts {
  return { count: 0, outcomes: { ok: 0, error: 0, timeout: 0, crash: 0 } };
}

export function addInvocationCounts(into: InvocationCounts, from: InvocationCounts): void {
  into.count += from.count;
  for (const outcome of ["ok", "error", "timeout", "crash"] as const) {
    into.outcomes[outcome] += from.outcomes[outcome];
  }
}
