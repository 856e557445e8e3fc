/** From offsets in a script to positions in original sources, by the rules of ast-v8-to-istanbul 1.0. */
import {
  allGeneratedPositionsFor,
  LEAST_UPPER_BOUND,
  originalPositionFor,
  type TraceMap,
} from "@jridgewell/trace-mapping";
import { ignoredLines } from "./ignore-hints.ts";

export interface Span {
  start: number;
  end: number;
}

/** A range of an original source: lines 1-based, columns 0-based, `endColumn` may be Infinity. */
export interface OriginalRange {
  source: string;
  line: number;
  column: number;
  endLine: number;
  endColumn: number;
}

interface Position {
  source: string;
  line: number;
  column: number;
}

export class Locator {
  readonly #map: TraceMap;
  readonly #lineStarts: Int32Array;
  readonly #ignored = new Map<string, ReadonlySet<number>>();

  constructor(source: string, map: TraceMap) {
    this.#map = map;
    const starts = [0];
    for (let at = source.indexOf("\n"); at >= 0; at = source.indexOf("\n", at + 1)) starts.push(at + 1);
    this.#lineStarts = Int32Array.from(starts);
  }

  /** Undefined where the map has nothing for it, or an ignore hint covers its line. */
  range(span: Span): OriginalRange | undefined {
    const from = this.#deployed(span.start);
    const start = this.#original(from.line, from.column);
    if (start === undefined) return undefined;
    const until = this.#deployed(span.end);
    const last = this.#lastPosition(from.line, until.line, until.column - 1);
    if (last === undefined) return undefined;
    const end = this.#endAfter(last);
    if (this.#isIgnored(start)) return undefined;
    return {
      source: start.source,
      line: start.line,
      column: start.column,
      endLine: last.line,
      endColumn: end,
    };
  }

  #deployed(offset: number): { line: number; column: number } {
    const starts = this.#lineStarts;
    let low = 0;
    let high = starts.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if ((starts[middle] as number) <= offset) low = middle + 1;
      else high = middle - 1;
    }
    return { line: high + 1, column: offset - (starts[high] as number) };
  }

  #original(line: number, column: number): Position | undefined {
    // A span that ends with a line break ends at column -1.
    const needle = { line, column: Math.max(column, 0) };
    let found = originalPositionFor(this.#map, needle);
    if (found.source === null) found = originalPositionFor(this.#map, { ...needle, bias: LEAST_UPPER_BOUND });
    if (found.source === null) return undefined;
    return { source: found.source, line: found.line, column: found.column };
  }

  #lastPosition(firstLine: number, line: number, column: number): Position | undefined {
    let found = this.#original(line, column);
    for (let at = line; at >= firstLine && found === undefined; at--) {
      found = this.#original(at, Number.POSITIVE_INFINITY);
    }
    return found;
  }

  /** The column of the next mapping of the same original line, where the range ends. */
  #endAfter(last: Position): number {
    const after = allGeneratedPositionsFor(this.#map, {
      source: last.source,
      line: last.line,
      column: last.column + 1,
      bias: LEAST_UPPER_BOUND,
    });
    if (after.length === 0) return Number.POSITIVE_INFINITY;
    for (const position of after) {
      if (position.line === null) continue;
      const original = originalPositionFor(this.#map, position);
      if (original.line === last.line) return original.column;
    }
    return last.column;
  }

  #isIgnored(start: Position): boolean {
    let lines = this.#ignored.get(start.source);
    if (lines === undefined) {
      const index = this.#map.resolvedSources.indexOf(start.source);
      lines = ignoredLines(this.#map.sourcesContent?.[index] ?? undefined);
      this.#ignored.set(start.source, lines);
    }
    return lines.has(start.line);
  }
}
