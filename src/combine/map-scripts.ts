/** Gathered counts → original sources: each distinct script is loaded, mapped and joined once. */
import type { PythonScriptFile, V8ScriptFile } from "../contract/script-file.ts";
import { CounterReader } from "./counters.ts";
import type { FunctionScripts, GatheredScript } from "./fold/function-scripts.ts";
import { EntangledCounts } from "./fold/script-counts.ts";
import { JoinedFile } from "./join/joined-file.ts";
import { deployedPath, originalPath, safePath } from "./join/original-path.ts";
import { pathFilter } from "./join/patterns.ts";
import { PythonFile } from "./join/python/python-file.ts";
import { SourceFiles } from "./join/source-files.ts";
import type { FileTable } from "./map/probe-table.ts";
import { mostNodes, type ScriptTable, scriptTable, UnmappableScript } from "./map/script-table.ts";
import { type CombineOptions, defaultLimits } from "./options.ts";
import type { Gathered } from "./read/gather.ts";
import type { Inits } from "./read/gather-inits.ts";
import { loadScript } from "./read/script-files.ts";
import type { UnmappedScript } from "./result.ts";
import { sha256Hex } from "./sha256.ts";

interface ScriptUse {
  from: FunctionScripts;
  script: GatheredScript;
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
    else await this.#addV8(uses, loaded.file, { ...loaded, maxBytes: limits.maxScriptBytes });
  }

  async #addV8(
    uses: readonly ScriptUse[],
    file: V8ScriptFile,
    { packedBytes, maxBytes }: { packedBytes: number; maxBytes: number },
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
        this.#addUse(use, table, repair);
      } catch (error) {
        if (!(error instanceof EntangledCounts)) throw error;
        this.#cannotMap([use], error.message);
      }
    }
  }

  #addUse({ from, script }: ScriptUse, { table, text }: ScriptTable, repair: boolean): void {
    const reader = new CounterReader(table, script.v8.settle(table.functionRanges, table.length), {
      repair,
      init: script.init.settle(),
      window: this.#inits.windowReason(from.name),
    });
    for (const file of table.files) {
      const path = table.deployed
        ? safePath(deployedPath(script.path))
        : originalPath(file.source, { scriptPath: script.path, root: this.#options.root });
      if (!this.#isWanted(from, path)) continue;
      const identity = {
        path,
        language: "javascript" as const,
        text: textOf(text, file.source),
        textSha256: file.textSha256,
        shape: () => shapeOf(file),
        deployed: table.deployed,
      };
      const seen = { functionName: from.name, lastSeenMs: script.lastSeenMs };
      const hits = reader.file(file);
      for (const files of this.#destinations(from)) {
        files.file(identity, seen, () => new JoinedFile()).counters.add(file, hits);
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

function shapeOf(file: FileTable): string {
  return JSON.stringify([file.statements.map(({ at }) => at), file.functions.map(({ at }) => at)]);
}
