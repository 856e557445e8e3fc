/** How long each script is: a coverage file whose ranges reach beyond its script is not of that script. */
import type { Counts } from "../fold/recounted.ts";
import { furthestEnd } from "./check-ranges.ts";
import { lineCount, loadScript, type ScriptSource } from "./script-files.ts";
import { invalid } from "./validate.ts";

/** An entry of a coverage file, a sum or an init file. */
export type ScriptEntry = { path: string; script: string | null } & (
  | { kind: "v8"; ranges: ArrayLike<number> }
  | { kind: "v8"; covered: readonly number[] }
  | { kind: "probes"; plan: string | null; counts: Counts }
  | { kind: "probes"; plan: string | null; covered: readonly number[] }
  | { kind: "python"; lines: readonly number[]; arcs: readonly number[] }
);

export class ScriptLengths {
  readonly #from: ScriptSource;
  /** By script key; undefined: no usable script file, see `unmapped` of the result. */
  readonly #lengths = new Map<string, { kind: "v8" | "python"; length: number } | undefined>();
  readonly #loading = new Map<string, Promise<void>>();

  constructor(from: ScriptSource) {
    this.#from = from;
  }

  unseen(scripts: readonly ScriptEntry[]): ScriptEntry[] {
    // A plan says itself how long its script is.
    return scripts.filter(
      ({ kind, script }) => kind !== "probes" && script !== null && !this.#lengths.has(script),
    );
  }

  async load(scripts: readonly ScriptEntry[]): Promise<void> {
    for (const { script, path } of scripts) await this.#loadOnce(script as string, path);
  }

  #loadOnce(key: string, path: string): Promise<void> {
    let loading = this.#loading.get(key);
    if (loading === undefined) {
      loading = loadScript(this.#from, key, path).then((loaded) => {
        const known =
          "file" in loaded ? { kind: loaded.file.kind, length: lengthOf(loaded.file) } : undefined;
        this.#lengths.set(key, known);
        this.#loading.delete(key);
      });
      this.#loading.set(key, loading);
    }
    return loading;
  }

  /** Throws `UnusableFile` where an entry cannot be of the script that it names. */
  check(scripts: readonly ScriptEntry[]): void {
    for (const [index, script] of scripts.entries()) {
      if (script.kind === "probes") continue;
      const known = script.script === null ? undefined : this.#lengths.get(script.script);
      if (known === undefined) continue;
      if (known.kind !== script.kind)
        invalid(`scripts[${index}] is ${script.kind}, its script ${known.kind}`);
      if (script.kind === "v8" && endOf(script) > known.length) {
        invalid(`scripts[${index}] reaches beyond the end of ${script.script}`);
      }
      if (script.kind === "python" && reachBeyond(script, known.length)) {
        invalid(`scripts[${index}].lines or arcs reach beyond the end of ${script.script}`);
      }
    }
  }
}

function endOf(script: ScriptEntry & { kind: "v8" }): number {
  if ("ranges" in script) return furthestEnd(script.ranges);
  return script.covered.reduce((sum, number) => sum + number, 0);
}

function reachBeyond({ lines, arcs }: { lines: readonly number[]; arcs: readonly number[] }, length: number) {
  return lines.some((line) => line > length) || arcs.some((line) => Math.abs(line) > length);
}

/** Characters of a V8 script, lines of a Python one. */
function lengthOf(file: { kind: "v8" | "python"; source: string }): number {
  return file.kind === "v8" ? file.source.length : lineCount(file.source);
}
