/**
 * Has Node.js run the probed copies under their originals' names. A copy runs only where it and its original are what
 * the manifest says, byte for byte: a stale, cut or edited one never does, the original runs in its place.
 * https://nodejs.org/api/module.html#moduleregisterhooksoptions
 */
import { readFileSync, realpathSync } from "node:fs";
import Module, { type LoadFnOutput, type LoadHookContext, registerHooks } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { probesFunction, probesModule } from "../../../contract/probe-access.ts";
import { copyPath, mapPath, type ProbedFileEntry } from "../../../contract/probe-manifest.ts";
import { sha256 } from "./sha256.ts";

export interface CopiesOptions {
  /** Where the function's files lie. */
  taskRoot: string;
  /** Where the copies lie. */
  root: string;
  files: readonly ProbedFileEntry[];
  /** COVERAGE_STACKS. */
  stacks: boolean;
  /** A file whose copy does not fit; it runs unprobed. */
  onStale(path: string): void;
}

/** Node.js 22.15 and 23.5 have it. */
export const canLoadCopies = typeof registerHooks === "function";

export function loadCopies(options: CopiesOptions): void {
  const copies = new Copies(options);
  registerHooks({
    resolve(specifier, context, nextResolve) {
      if (!specifier.startsWith(probesModule)) return nextResolve(specifier, context);
      return { url: specifier, format: "module", shortCircuit: true };
    },
    load(url, context, nextLoad) {
      if (url.startsWith(probesModule)) return countersModule(url);
      return copies.load(url, context) ?? nextLoad(url, context);
    },
  });
}

function countersModule(url: string): LoadFnOutput {
  const slice = Number(url.slice(probesModule.length));
  const source = `export default ${probesFunction}(${slice})`;
  return { format: "module", source, shortCircuit: true };
}

interface CommonJsModule {
  _compile(source: string, filename: string, format: string): unknown;
}
type Extension = (module: CommonJsModule, filename: string) => unknown;

class Copies {
  readonly #root: string;
  readonly #entries = new Map<string, ProbedFileEntry>();
  readonly #onStale: (path: string) => void;
  readonly #mapOf: MapOf;
  /** CommonJS files that are about to be imported, with their copies. */
  readonly #imported = new Map<string, string>();
  #watchesExtension = false;

  constructor({ taskRoot, root, files, stacks, onStale }: CopiesOptions) {
    this.#root = root;
    this.#mapOf = chosenMap(stacks);
    this.#onStale = onStale;
    const roots = new Set([taskRoot, realpathSync(taskRoot)]);
    for (const entry of files) for (const folder of roots) this.#entries.set(join(folder, entry.path), entry);
  }

  /** Undefined: Node.js loads the file as ever. */
  load(url: string, context: LoadHookContext): LoadFnOutput | undefined {
    const file = fileOf(url);
    const entry = file === undefined ? undefined : this.#entries.get(file);
    if (file === undefined || entry === undefined) return undefined;
    const source = this.#checked(file, entry);
    if (source === undefined) return undefined;
    const isImported = entry.kind === "commonjs" && context.conditions.includes("import");
    if (!isImported) return { format: entry.kind, source, shortCircuit: true };
    // An imported CommonJS file whose source comes from a hook gets a `require` without a cache on Node.js 22. Without a
    // source Node.js takes the names of its exports from the original, and loads it by `require.extensions`.
    this.#imported.set(file, source);
    this.#watchExtension();
    return { format: "commonjs", source: null, shortCircuit: true } as unknown as LoadFnOutput;
  }

  #checked(file: string, entry: ProbedFileEntry): string | undefined {
    const { path, original, copy } = entry;
    try {
      if (sha256(readFileSync(file)) === original) {
        const bytes = readFileSync(join(this.#root, copyPath(copy)));
        if (sha256(bytes) === copy) return bytes.toString("utf8") + this.#mapComment(this.#mapOf(entry));
      }
    } catch {
      // The original's absence is Node's to tell.
    }
    this.#onStale(path);
    return undefined;
  }

  /** The last such comment of a text counts. */
  #mapComment(map: string | undefined): string {
    if (map === undefined) return "";
    const json = gunzipSync(readFileSync(join(this.#root, mapPath(map))));
    if (sha256(json) !== map) throw new Error("another file's map");
    return `\n//# sourceMappingURL=data:application/json;base64,${json.toString("base64")}`;
  }

  #watchExtension(): void {
    if (this.#watchesExtension) return;
    this.#watchesExtension = true;
    const extensions = (Module as unknown as { _extensions: Record<string, Extension> })._extensions;
    const before = extensions[".js"] as Extension;
    const imported = this.#imported;
    extensions[".js"] = function (module, filename) {
      const copy = imported.get(filename);
      if (copy === undefined) return before.call(this, module, filename);
      imported.delete(filename);
      return module._compile(copy, filename, "commonjs");
    };
  }
}

type MapOf = (entry: ProbedFileEntry) => string | undefined;

/** Where the user has Node.js apply source maps, to the user's sources; else, if wanted, back to the original. */
function chosenMap(stacks: boolean): MapOf {
  const options = `${process.env.NODE_OPTIONS} ${process.execArgv.join(" ")}`;
  if (/--enable-source-maps\b/.test(options)) return ({ sourceMap, map }) => sourceMap ?? map;
  if (!stacks) return () => undefined;
  process.setSourceMapsEnabled(true);
  return ({ map }) => map;
}

/**
 * import-in-the-middle, of OpenTelemetry and Datadog, generates modules under the names of those that it watches, which
 * import the real one.
 */
function fileOf(url: string): string | undefined {
  if (!url.startsWith("file:///") || /[?&]iitm=/.test(url)) return undefined;
  try {
    return fileURLToPath(url);
  } catch {
    return undefined;
  }
}
