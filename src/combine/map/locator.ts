/** From offsets in a script to positions in original sources, by the rules of ast-v8-to-istanbul 1.0. */
import { ignoredLines } from "./ignore-hints.ts";
import type { OriginalMap } from "./original-map.ts";

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

export class Locator {
  readonly #map: OriginalMap;
  readonly #lineStarts: Int32Array;
  readonly #ignored = new Map<number, ReadonlySet<number>>();

  constructor(source: string, map: OriginalMap) {
    this.#map = map;
    const starts = [0];
    for (let at = source.indexOf("\n"); at >= 0; at = source.indexOf("\n", at + 1)) starts.push(at + 1);
    this.#lineStarts = Int32Array.from(starts);
  }

  /** Offset of the first mapped character: what lies before is no one's, though in its line the rules give it away. */
  get firstMapped(): number {
    const { sources, deployedColumns } = this.#map.mappings;
    const segment = sources.findIndex((source) => source >= 0);
    if (segment < 0) return 0;
    return (
      (this.#lineStarts[this.#map.deployedLine(segment)] as number) + (deployedColumns[segment] as number)
    );
  }

  /** Undefined where the map has nothing for it, or an ignore hint covers its line. */
  range(span: Span): OriginalRange | undefined {
    const from = this.#deployed(span.start);
    const start = this.#segment(from.line, from.column);
    if (start < 0) return undefined;
    const until = this.#deployed(span.end);
    const last = this.#lastSegment(from.line, until.line, until.column - 1);
    if (last < 0) return undefined;
    const { sources, lines, columns } = this.#map.mappings;
    const source = sources[start] as number;
    const line = (lines[start] as number) + 1;
    if (this.#isIgnored(source, line)) return undefined;
    return {
      source: this.#map.sources[source] as string,
      line,
      column: columns[start] as number,
      endLine: (lines[last] as number) + 1,
      endColumn: this.#endAfter(last),
    };
  }

  /** 0-based. */
  #deployed(offset: number): { line: number; column: number } {
    const starts = this.#lineStarts;
    let low = 0;
    let high = starts.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if ((starts[middle] as number) <= offset) low = middle + 1;
      else high = middle - 1;
    }
    return { line: high, column: offset - (starts[high] as number) };
  }

  #segment(line: number, column: number): number {
    // A span that ends with a line break ends at column -1.
    const inLine = Math.max(column, 0);
    const before = this.#map.segmentAt(line, inLine);
    return before >= 0 ? before : this.#map.segmentAt(line, inLine, true);
  }

  #lastSegment(firstLine: number, line: number, column: number): number {
    let found = this.#segment(line, column);
    for (let at = line; at >= firstLine && found < 0; at--) {
      found = this.#segment(at, Number.POSITIVE_INFINITY);
    }
    return found;
  }

  /** The column of the next mapping of the same original line, where the range ends. */
  #endAfter(last: number): number {
    const { sources, lines, columns, deployedColumns } = this.#map.mappings;
    const [source, line, column] = [sources[last], lines[last], columns[last]] as [number, number, number];
    const after = this.#map.segmentsOf(source, line, column + 1);
    if (after.length === 0) return Number.POSITIVE_INFINITY;
    for (const segment of after) {
      // Several segments may lie at one deployed column: the first of them tells the original.
      const first = this.#map.segmentAt(this.#map.deployedLine(segment), deployedColumns[segment] as number);
      if (first >= 0 && lines[first] === line) return columns[first] as number;
    }
    return column;
  }

  #isIgnored(source: number, line: number): boolean {
    let lines = this.#ignored.get(source);
    if (lines === undefined) {
      lines = ignoredLines(this.#map.contents[source]);
      this.#ignored.set(source, lines);
    }
    return lines.has(line);
  }
}
