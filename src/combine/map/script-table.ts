/** The probe table of one script and the texts of its sources: stored, or computed and stored. */
import type { V8ScriptFile } from "../../contract/script-file.ts";
import type { CoverageStore } from "../../store/store.ts";
import { sha256Hex } from "../sha256.ts";
import type { DeepTable } from "./deep-table.ts";
import type { OriginalMap } from "./original-map.ts";
import type { ProbeTable } from "./probe-table.ts";
import type { TableRequest } from "./request-table.ts";
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
  maxNodes: number;
}

/**
 * So many nodes may a syntax tree have, by what its script takes packed: each costs some microseconds, and a thousand
 * of them may be packed into one byte. Code that people write has about one to the byte, generated code up to four.
 */
export function mostNodes(packedBytes: number): number {
  return 100_000 + 4 * packedBytes;
}

/** The script cannot be mapped, and why. */
export class UnmappableScript extends Error {}

/** Rejects with an UnmappableScript. */
export async function scriptTable(script: V8ScriptFile, options: ScriptTableOptions): Promise<ScriptTable> {
  const { store, maxBytes, ...how } = options;
  const { sha256, path, source, sourceMap } = script;
  const mapSha256 = sha256Hex(sourceMap ?? "");
  const stored = store && (await readTable(store, { sha256, mapSha256, length: source.length }, maxBytes));
  if (stored !== undefined) {
    const { deployed } = stored;
    const open = once(() => (deployed ? undefined : openMap(source, sourceMap)));
    return { table: stored, text: (name) => (deployed ? source : textIn(open(), name)) };
  }
  const { table, map } = await makeTable({ sha256, mapSha256, path, source, sourceMap, ...how });
  if (store !== undefined) await writeTable(store, table);
  return { table, text: (name) => textIn(map(), name) };
}

async function makeTable(
  request: TableRequest,
): Promise<{ table: ProbeTable; map: () => OriginalMap | undefined }> {
  // acorn and all that walks syntax trees: not wanted where a stored table applies.
  const { requestedTable } = await import("./request-table.ts");
  const { TooMuchCode } = await import("./parse-script.ts");
  const { deepTable, isOutOfStack } = await import("./deep-table.ts");
  try {
    const { table, map } = requestedTable(request);
    return { table, map: () => map };
  } catch (error) {
    if (error instanceof TooMuchCode) throw new UnmappableScript(tooMuchCode(request.maxNodes));
    if (isOutOfStack(error)) return fromDeep(request, await deepTable(request));
    if (!(error instanceof SyntaxError)) throw error;
    throw new UnmappableScript(`its source cannot be parsed: ${error.message}`);
  }
}

function fromDeep(
  { path, source, sourceMap }: TableRequest,
  deep: DeepTable,
): { table: ProbeTable; map: () => OriginalMap } {
  if ("problem" in deep) throw new UnmappableScript(deep.problem);
  return { table: deep.table, map: once(() => judgedMap(path, source, sourceMap).map) };
}

function tooMuchCode(maxNodes: number): string {
  return `it has more code than its size allows (${maxNodes} syntax nodes)`;
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
