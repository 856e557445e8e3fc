/** The probe table of one script and the texts of its sources: stored, or computed and stored. */
import type { V8ScriptFile } from "../../contract/script-file.ts";
import type { CoverageStore } from "../../store/store.ts";
import { buildTable } from "./build-table.ts";
import type { OriginalMap } from "./original-map.ts";
import type { ProbeTable } from "./probe-table.ts";
import { judgedMap, openMap } from "./source-map.ts";
import { readTable, writeTable } from "./stored-table.ts";

export interface ScriptTable {
  table: ProbeTable;
  /** By `FileTable.source`. */
  texts: ReadonlyMap<string, string>;
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
  const stored = store && (await readTable(store, script.sha256, script.source.length, maxBytes));
  if (stored !== undefined) {
    const map = stored.deployed ? undefined : openMap(script.source, script.sourceMap);
    if (stored.deployed) return { table: stored, texts: new Map([[script.path, script.source]]) };
    if (map !== undefined && matches(stored, map)) return { table: stored, texts: sourceTexts(map) };
  }
  const judged = judgedMap(script.path, script.source, script.sourceMap);
  const table = buildTable({ sha256: script.sha256, source: script.source, map: judged, repair });
  if (store !== undefined) await writeTable(store, table);
  return { table, texts: sourceTexts(judged.map) };
}

/** The same source may have been stored with another map: a table names exactly its map's sources. */
function matches(table: ProbeTable, map: OriginalMap): boolean {
  const sources = new Set(map.sources);
  return table.files.length === sources.size && table.files.every(({ source }) => sources.has(source));
}

function sourceTexts(map: OriginalMap): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [index, source] of map.sources.entries()) {
    const text = map.contents[index];
    if (text !== undefined) texts.set(source, text);
  }
  return texts;
}
