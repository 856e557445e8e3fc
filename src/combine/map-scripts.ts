/** Gathered counts → original sources: each distinct script is loaded, mapped and joined once. */
import type { PythonScriptFile, V8ScriptFile } from "../contract/script-file.ts";
import { CounterReader, type ScriptHits } from "./counters.ts";
import type { FunctionScripts, GatheredScript } from "./fold/function-scripts.ts";
import type { ProbeCounts } from "./fold/probe-counts.ts";
import { EntangledCounts } from "./fold/script-counts.ts";
import { JoinedFile } from "./join/joined-file.ts";
import { deployedPath, originalPath, safePath } from "./join/original-path.ts";
import { pathFilter } from "./join/patterns.ts";
import { PythonFile } from "./join/python/python-file.ts";
import { SourceFiles } from "./join/source-files.ts";
import type { FileTable } from "./map/probe-table.ts";
import { ProbedScript } from "./map/probed-script.ts";
import { mostNodes, type ScriptTable, scriptTable, UnmappableScript } from "./map/script-table.ts";
import { type CombineOptions, defaultLimits } from "./options.ts";
import { ProbeHits } from "./probe-hits.ts";
import type { Gathered } from "./read/gather.ts";
import type { Inits } from "./read/gather-inits.ts";
import { loadScript } from "./read/script-files.ts";
import type { Collector, UnmappedScript } from "./result.ts";
import { sha256Hex } from "./sha256.ts";
import { V8Hits } from "./v8-hits.ts";

interface ScriptUse {
  from: FunctionScripts;
  script: GatheredScript;
}

/** A script's counters in its original sources. */
interface ShownFiles {
  files: readonly FileTable[];
  /** No source map applies: they are deployed code. */
  deployed: boolean;
  text: ScriptTable["text"];
}

/** Of a script file: what mapping it may cost. */
interface ScriptSize {
  packedBytes: number;
  maxBytes: number;
}

export class ScriptMapper {
  readonly files = new SourceFiles();
  readonly filesByFunction = new Map<string, SourceFiles>();
  readonly unmapped: UnmappedScript[] = [];
  readonly excluded = new Set<string>();
  readonly #options: CombineOptions;
  readonly #gathered: Gathered;
  readonly #inits: Inits;
  readonly #filters = new Map<FunctionScripts, (path: string) => boolean>();

  constructor(options: CombineOptions, gathered: Gathered, inits: Inits) {
    this.#options = options;
    this.#gathered = gathered;
    this.#inits = inits;
  }

  async mapAll(): Promise<void> {
    const uses = new Map<string, ScriptUse[]>();
    for (const from of this.#gathered.functions.values()) {
      for (const [key, script] of from.scripts) {
        const text = script.script ?? key;
        const known = uses.get(text);
        if (known === undefined) uses.set(text, [{ from, script }]);
        else known.push({ from, script });
      }
    }
    for (const [, group] of [...uses].sort(([a], [b]) => (a < b ? -1 : 1))) {
      this.#options.signal?.throwIfAborted();
      await this.#mapOne(group);
    }
  }

  async #mapOne(uses: readonly ScriptUse[]): Promise<void> {
    const { script } = uses[0] as ScriptUse;
    if (script.script === undefined) {
      this.#cannotMap(uses, script.unmapped ?? "the function could not have its source");
      return;
    }
    const limits = { ...defaultLimits, ...this.#options.limits };
    const from = {
      store: this.#options.store,
      localScripts: this.#options.localScripts,
      maxBytes: limits.maxScriptBytes,
      cache: this.#gathered.loadedScripts,
      onBytes: () => undefined,
    };
    const loaded = await loadScript(from, script.script, script.path);
    from.cache.drop(script.script);
    if ("problem" in loaded) this.#cannotMap(uses, loaded.problem);
    else if (loaded.file.kind === "python") this.#addPython(uses, loaded.file);
    else
      await this.#addJavaScript(uses, loaded.file, {
        packedBytes: loaded.packedBytes,
        maxBytes: limits.maxScriptBytes,
      });
  }

  /** V8's first and then by the plans' keys, so that the order of files never matters. */
  async #addJavaScript(uses: readonly ScriptUse[], file: V8ScriptFile, size: ScriptSize): Promise<void> {
    const byV8 = uses.filter(({ script: { v8, init } }) => v8.snapshots > 0 || !init.isEmpty);
    if (byV8.length > 0) await this.#addV8(byV8, file, size);
    const plans = new Set(uses.flatMap(({ script }) => [...script.probes.keys()]));
    if (plans.size === 0) return;
    const script = new ProbedScript(file, this.#options.repair ?? true);
    if (byV8.length === 0 && script.problem !== undefined) {
      this.#cannotMap(uses, `${script.problem}; reported as deployed`);
    }
    for (const plan of [...plans].sort()) {
      const probed = uses.filter((use) => use.script.probes.has(plan));
      if (plan === null) this.#cannotMap(probed, "it ran without probes");
      else await this.#addProbed(probed, script, plan);
    }
  }

  async #addProbed(uses: readonly ScriptUse[], script: ProbedScript, key: string): Promise<void> {
    const loaded = await this.#gathered.plans.take(key);
    if ("problem" in loaded) {
      this.#cannotMap(uses, loaded.problem);
      return;
    }
    const table = script.table(loaded.plan);
    if (table === undefined) {
      this.#cannotMap(uses, `its plan ${key} is of another script`);
      return;
    }
    const shown = {
      files: table.files,
      deployed: script.deployed,
      text: (source: string) => script.text(source),
    };
    for (const use of uses) {
      const counts = use.script.probes.get(key) as ProbeCounts;
      const hits = new ProbeHits(table, counts.sums.settle(loaded.plan.probes), counts.init.settle());
      this.#addUse(use, shown, hits, "probes");
    }
  }

  async #addV8(
    uses: readonly ScriptUse[],
    file: V8ScriptFile,
    { packedBytes, maxBytes }: ScriptSize,
  ): Promise<void> {
    const repair = this.#options.repair ?? true;
    const store = repair && this.#options.storeMappings !== false ? this.#options.store : undefined;
    let table: ScriptTable;
    try {
      table = await scriptTable(file, { repair, store, maxBytes, maxNodes: mostNodes(packedBytes) });
    } catch (error) {
      if (!(error instanceof UnmappableScript)) throw error;
      this.#cannotMap(uses, error.message);
      return;
    }
    if (table.table.problem !== undefined) {
      this.#cannotMap(uses, `${table.table.problem}; reported as deployed`);
    }
    for (const use of uses) {
      try {
        this.#addV8Use(use, table, repair);
      } catch (error) {
        if (!(error instanceof EntangledCounts)) throw error;
        this.#cannotMap([use], error.message);
      }
    }
  }

  #addV8Use(use: ScriptUse, { table, text }: ScriptTable, repair: boolean): void {
    const { v8, init } = use.script;
    const { functionRanges, length, files, deployed } = table;
    const counted = { counts: v8.settle(functionRanges, length), init: init.settle(), repair };
    this.#addUse(use, { files, deployed, text }, new V8Hits(table, counted), "v8");
  }

  #addUse({ from, script }: ScriptUse, shown: ShownFiles, hits: ScriptHits, collector: Collector): void {
    const reader = new CounterReader(hits, this.#inits.windowReason(from.name));
    for (const file of shown.files) {
      const path = shown.deployed
        ? safePath(deployedPath(script.path))
        : originalPath(file.source, { scriptPath: script.path, root: this.#options.root });
      if (!this.#isWanted(from, path)) continue;
      const identity = {
        path,
        language: "javascript" as const,
        text: textOf(shown.text, file.source),
        textSha256: file.textSha256,
        shape: () => shapeOf(file),
        deployed: shown.deployed,
      };
      const seen = { functionName: from.name, lastSeenMs: script.lastSeenMs };
      const counts = reader.file(file);
      for (const files of this.#destinations(from)) {
        files.file(identity, seen, () => new JoinedFile()).counters.add(file, counts, collector);
      }
    }
  }

  #addPython(uses: readonly ScriptUse[], file: PythonScriptFile): void {
    for (const { from, script } of uses) {
      const path = safePath(deployedPath(script.path));
      if (!this.#isWanted(from, path)) continue;
      const identity = {
        path,
        language: "python" as const,
        text: () => file.source,
        textSha256: sha256Hex(file.source),
        shape: () => file.sha256,
        deployed: false,
      };
      const seen = { functionName: from.name, lastSeenMs: script.lastSeenMs };
      for (const files of this.#destinations(from)) {
        files
          .file(identity, seen, () => new PythonFile())
          .counters.add(file, script.python, this.#inits.windowReason(from.name));
      }
    }
  }

  #destinations(from: FunctionScripts): SourceFiles[] {
    if (this.#options.by !== "function") return [this.files];
    const own = this.filesByFunction.get(from.name) ?? new SourceFiles();
    this.filesByFunction.set(from.name, own);
    return [this.files, own];
  }

  #isWanted(from: FunctionScripts, path: string): boolean {
    let isReported = this.#filters.get(from);
    if (isReported === undefined) {
      isReported = pathFilter(this.#options, from);
      this.#filters.set(from, isReported);
    }
    if (isReported(path)) return true;
    this.excluded.add(path);
    return false;
  }

  #cannotMap(uses: readonly ScriptUse[], reason: string): void {
    const { script } = (uses[0] as ScriptUse).script;
    for (const path of new Set(uses.map((use) => use.script.path).sort())) {
      const functions = uses.filter((use) => use.script.path === path).map(({ from }) => from.name);
      this.unmapped.push({ path, script, functions: functions.sort(), reason });
    }
  }
}

/** Made where no table is in sight: what outlives the mapping must not hold on to one. */
function textOf(text: ScriptTable["text"], source: string): () => string | undefined {
  return () => text(source);
}

/** The same for both collectors, which go through a text in other orders. */
function shapeOf({ statements, functions }: FileTable): string {
  return JSON.stringify([statements, functions].map((list) => list.map(({ at }) => at.join()).sort()));
}
