/** A script's probe table out of its texts. What asks for it can be sent to another thread. */
import { buildTable } from "./build-table.ts";
import type { ProbeTable } from "./probe-table.ts";
import { judgedMap, type ScriptMap } from "./source-map.ts";

export interface TableRequest {
  sha256: string;
  mapSha256: string;
  path: string;
  source: string;
  sourceMap: string | undefined;
  repair: boolean;
  /** More nodes of a syntax tree than the source may have, see `mostNodes`. */
  maxNodes: number;
}

export function requestedTable(request: TableRequest): { table: ProbeTable; map: ScriptMap["map"] } {
  const { path, source, sourceMap, ...rest } = request;
  const map = judgedMap(path, source, sourceMap);
  return { table: buildTable({ ...rest, source, map }), map: map.map };
}
