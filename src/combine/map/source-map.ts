/** Finds, reads and judges a script's source map. */
import { encodedMappings, FlattenMap } from "@jridgewell/trace-mapping";
import { OriginalMap } from "./original-map.ts";
import { decodeMappings, type MappingColumns } from "./packed-mappings.ts";

export interface ScriptMap {
  map: OriginalMap;
  /** No source map applies: the map is the identity on the deployed code. */
  deployed: boolean;
  /** Why a map that is there was not used. */
  problem?: string;
}

const identityToken = /(\w+|\s|[^\w\s])/g;

/** The map beside the script, else the one inside, else the identity; also where it does not belong to it. */
export function judgedMap(path: string, source: string, sourceMap: string | undefined): ScriptMap {
  const deployed = (problem?: string): ScriptMap => ({
    map: identityMap(path, source),
    deployed: true,
    ...(problem === undefined ? {} : { problem }),
  });
  try {
    const map = openMap(source, sourceMap);
    if (map === undefined) return deployed();
    const problem = mapProblem(map, source);
    return problem === undefined ? { map, deployed: false } : deployed(problem);
  } catch (error) {
    return deployed(`its source map cannot be read: ${(error as Error).message}`);
  }
}

/** The script's source map, not yet judged; undefined where it has none. Throws where it cannot be read. */
export function openMap(source: string, sourceMap: string | undefined): OriginalMap | undefined {
  const text = sourceMap ?? inlineSourceMap(source);
  return text === undefined ? undefined : readMap(text);
}

function readMap(text: string): OriginalMap {
  // Some servers put this before JSON: https://tc39.es/ecma426/#sec-ConsumeSourceMap
  const parsed = JSON.parse(text.replace(/^\)\]\}'[^\n]*\n/, ""));
  if (typeof parsed !== "object" || parsed === null) throw new Error("it is no JSON object");
  if (parsed.version !== 3) throw new Error(`its version is ${JSON.stringify(parsed.version)}, not 3`);
  const flat = new FlattenMap(parsed);
  return new OriginalMap(
    flat.resolvedSources.map((source) => source ?? ""),
    flat.resolvedSources.map((_, index) => textOf(flat.sourcesContent?.[index])),
    () => decodeMappings(encodedMappings(flat)),
  );
}

function textOf(content: unknown): string | undefined {
  return typeof content === "string" ? content : undefined;
}

/** The text of an inline source map: the last `sourceMappingURL` comment with a data URL. */
function inlineSourceMap(source: string): string | undefined {
  const at = source.lastIndexOf("sourceMappingURL=data:");
  if (at < 0) return undefined;
  const url = /^data:application\/json[^,]*,[^\s'"*]*/.exec(
    source.slice(at + "sourceMappingURL=".length),
  )?.[0];
  if (url === undefined) return undefined;
  const comma = url.indexOf(",");
  const data = url.slice(comma + 1);
  if (/;base64$/.test(url.slice(0, comma))) return Buffer.from(data, "base64").toString("utf8");
  try {
    return decodeURIComponent(data);
  } catch {
    return undefined;
  }
}

/** A map of another build shows by positions that neither text has. A hundredth may be off: tools round up. */
function mapProblem(map: OriginalMap, source: string): string | undefined {
  const lengths = lineLengths(source);
  const originalLines = map.contents.map((text) =>
    text === undefined ? Number.POSITIVE_INFINITY : countLines(text),
  );
  const { lineStarts, deployedColumns, sources, lines } = map.mappings;
  let wrong = 0;
  for (let line = 0; line + 1 < lineStarts.length; line++) {
    const length = lengths[line] ?? -1;
    for (let at = lineStarts[line] as number; at < (lineStarts[line + 1] as number); at++) {
      const original = sources[at] as number;
      const isBeyond = original >= 0 && (lines[at] as number) >= (originalLines[original] ?? 0);
      if ((deployedColumns[at] as number) > length || isBeyond) wrong++;
    }
  }
  if (map.segmentCount === 0) return "its source map has no mappings";
  if (wrong * 100 <= map.segmentCount) return undefined;
  return `its source map belongs to another build: ${wrong} of ${map.segmentCount} positions lie outside the texts`;
}

function lineLengths(source: string): number[] {
  return source.split("\n").map((line) => line.length);
}

function countLines(text: string): number {
  let lines = 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}

/** Word by word, as ast-v8-to-istanbul maps a script without a source map. */
function identityMap(path: string, source: string): OriginalMap {
  const lineStarts = [0];
  const columns: number[] = [];
  const lines: number[] = [];
  for (const [index, line] of source.split("\n").entries()) {
    let column = 0;
    for (const token of line.match(identityToken) ?? []) {
      columns.push(column);
      lines.push(index);
      column += token.length;
    }
    lineStarts.push(columns.length);
  }
  const deployedColumns = Int32Array.from(columns);
  const mappings: MappingColumns = {
    lineStarts: Int32Array.from(lineStarts),
    deployedColumns,
    sources: new Int32Array(columns.length),
    lines: Int32Array.from(lines),
    columns: deployedColumns,
  };
  return new OriginalMap([path], [source], () => mappings);
}
