/** Collects counters per original file, with ast-v8-to-istanbul's numbering, names and joining of equal places. */
import { sha256Hex } from "../sha256.ts";
import type { OriginalRange } from "./locator.ts";
import type { OriginalMap } from "./original-map.ts";
import type {
  BranchCounter,
  BranchType,
  FileTable,
  FlatRange,
  FunctionCounter,
  StatementCounter,
} from "./probe-table.ts";
import { joinProbes, never, type Probe } from "./repair/terms.ts";

/** With the hash of the source's text, where the map has it. */
export function withTextHash(file: FileTable, map: OriginalMap): FileTable {
  const text = map.contents[map.sources.indexOf(file.source)];
  return text === undefined ? file : { ...file, textSha256: sha256Hex(text) };
}

export const noRange: FlatRange = [0, 0, 0, 0];

export function flatRange(range: OriginalRange): FlatRange {
  const { line, column, endLine, endColumn } = range;
  return [line, column, endLine, endColumn === Number.POSITIVE_INFINITY ? -1 : endColumn];
}

interface OpenFile {
  table: FileTable;
  statements: Map<string, StatementCounter>;
  functions: Map<string, FunctionCounter>;
  branches: Map<string, BranchCounter>;
  names: Map<string, number>;
}

export class TableBuilder {
  readonly #files = new Map<string, OpenFile>();
  /** With repairs a statement emitted twice keeps both probes; without, the last one counts. */
  readonly #keepsAll: boolean;

  constructor(sources: readonly string[], keepsAll: boolean) {
    this.#keepsAll = keepsAll;
    for (const source of sources) this.#file(source);
  }

  #file(source: string): OpenFile {
    let file = this.#files.get(source);
    if (file === undefined) {
      const table: FileTable = { source, statements: [], functions: [], branches: [] };
      file = { table, statements: new Map(), functions: new Map(), branches: new Map(), names: new Map() };
      this.#files.set(source, file);
    }
    return file;
  }

  statement(range: OriginalRange, probe: Probe): void {
    const file = this.#file(range.source);
    const at = flatRange(range);
    const key = at.join(":");
    const known = file.statements.get(key);
    if (known === undefined) {
      const counter = { at, probes: [probe] };
      file.statements.set(key, counter);
      file.table.statements.push(counter);
    } else if (this.#keepsAll) known.probes.push(probe);
    else known.probes = [probe];
  }

  function(name: string | undefined, range: OriginalRange, declared: OriginalRange, probe: Probe): void {
    const file = this.#file(range.source);
    const declaration = flatRange(declared);
    const key = declaration.join(":");
    const known = file.functions.get(key);
    if (known !== undefined) {
      known.probe = joinProbes(known.probe, probe);
      return;
    }
    const counter = {
      name: name ? uniqueName(name, file.names) : `(anonymous_${file.table.functions.length})`,
      declaration,
      at: flatRange(range),
      probe,
    };
    file.functions.set(key, counter);
    file.table.functions.push(counter);
  }

  branch(type: BranchType, range: OriginalRange, arms: FlatRange[], probes: Probe[]): void {
    const file = this.#file(range.source);
    const key = arms.map((arm) => arm.join(":")).join("|");
    const known = file.branches.get(key);
    if (known === undefined) {
      const counter = { type, at: flatRange(range), arms, probes: probes.slice(0, arms.length) };
      file.branches.set(key, counter);
      file.table.branches.push(counter);
      return;
    }
    known.probes = known.probes.map((probe, arm) => joinProbes(probe, probes[arm] ?? never));
  }

  build(): FileTable[] {
    return [...this.#files.values()].map((file) => file.table);
  }
}

function uniqueName(name: string, names: Map<string, number>): string {
  let count = (names.get(name) ?? 0) + 1;
  let unique = count > 1 ? `${name}_${count}` : name;
  while (names.has(unique)) {
    count++;
    unique = `${name}_${count}`;
  }
  names.set(name, count);
  if (unique !== name) names.set(unique, 0);
  return unique;
}
