/** Finds, reads and judges a script's source map. */
import { type DecodedSourceMap, decodedMappings, FlattenMap, TraceMap } from "@jridgewell/trace-mapping";

export interface ScriptMap {
  map: TraceMap;
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
export function openMap(source: string, sourceMap: string | undefined): TraceMap | undefined {
  const text = sourceMap ?? inlineSourceMap(source);
  return text === undefined ? undefined : readMap(text);
}

function readMap(text: string): TraceMap {
  // Some servers put this before JSON: https://tc39.es/ecma426/#sec-ConsumeSourceMap
  const parsed = JSON.parse(text.replace(/^\)\]\}'[^\n]*\n/, ""));
  if (typeof parsed !== "object" || parsed === null) throw new Error("it is no JSON object");
  if (parsed.version !== 3) throw new Error(`its version is ${JSON.stringify(parsed.version)}, not 3`);
  return new TraceMap(new FlattenMap(parsed) as unknown as DecodedSourceMap);
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
function mapProblem(map: TraceMap, source: string): string | undefined {
  const generated = lineLengths(source);
  const originals = (map.sourcesContent ?? []).map((text) => (text == null ? undefined : countLines(text)));
  let segments = 0;
  let wrong = 0;
  for (const [line, mappings] of decodedMappings(map).entries()) {
    for (const mapping of mappings) {
      segments++;
      const originalLines = mapping.length === 1 ? undefined : originals[mapping[1]];
      const isOutside = line >= generated.length || mapping[0] > (generated[line] as number);
      if (isOutside || (originalLines !== undefined && (mapping[2] as number) >= originalLines)) wrong++;
    }
  }
  if (segments === 0) return "its source map has no mappings";
  if (wrong * 100 <= segments) return undefined;
  return `its source map belongs to another build: ${wrong} of ${segments} positions lie outside the texts`;
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
function identityMap(path: string, source: string): TraceMap {
  const mappings: [number, number, number, number][][] = [];
  for (const [index, line] of source.split("\n").entries()) {
    const segments: [number, number, number, number][] = [];
    let column = 0;
    for (const token of line.match(identityToken) ?? []) {
      segments.push([column, 0, index, column]);
      column += token.length;
    }
    mappings.push(segments);
  }
  return new TraceMap({ version: 3, mappings, sources: [path], sourcesContent: [source], names: [] });
}
