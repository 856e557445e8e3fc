/** The probe table of one script and the texts of its sources: stored, or computed and stored. */
import type { V8ScriptFile } from "../../contract/script-file.ts";
import type { CoverageStore } from "../../store/store.ts";
import { sha256Hex } from "../sha256.ts";
import type { OriginalMap } from "./original-map.ts";
import type { ProbeTable } from "./probe-table.ts";
import { judgedMap, openMap } from "./source-map.ts";
import { readTable, writeTable } from "./stored-table.ts";

export interface ScriptTable {
  table: ProbeTable;
  /** The text of a `FileTable.source`; the map is read when the first is asked for. */
  text: (source: string) => string | undefined;
}

export interface ScriptTableOptions {
  repair: boolean;
  /** Undefined: neither read nor write stored tables. */
  store: CoverageStore | undefined;
  maxBytes: number;
}

/** Rejects with a SyntaxError where the script cannot be parsed. */
export async function scriptTable(script: V8ScriptFile, options: ScriptTableOptions): Promise<ScriptTable> {
  const { store, maxBytes, repair } = options;
  const { sha256, source, sourceMap } = script;
  const mapSha256 = sha256Hex(sourceMap ?? "");
  const stored = store && (await readTable(store, { sha256, mapSha256, length: source.length }, maxBytes));
  if (stored !== undefined) {
    const { deployed } = stored;
    const open = once(() => (deployed ? undefined : openMap(source, sourceMap)));
    return { table: stored, text: (name) => (deployed ? source : textIn(open(), name)) };
  }
  // acorn and all that walks syntax trees: not wanted where a stored table applies.
  const { buildTable } = await import("./build-table.ts");
  const judged = judgedMap(script.path, source, sourceMap);
  const table = buildTable({ sha256, mapSha256, source, map: judged, repair });
  if (store !== undefined) await writeTable(store, table);
  return { table, text: (name) => textIn(judged.map, name) };
}

function textIn(map: OriginalMap | undefined, source: string): string | undefined {
  return map?.contents[map.sources.indexOf(source)];
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
