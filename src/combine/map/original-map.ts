/** Positions between deployed code and original sources, both ways. */
import type { MappingColumns } from "./packed-mappings.ts";

export class OriginalMap {
  /** Resolved names, `""` where the map has none. */
  readonly sources: readonly string[];
  readonly contents: readonly (string | undefined)[];
  readonly #decode: () => MappingColumns;
  #mappings: MappingColumns | undefined;
  #bySource: SourceIndex | undefined;

  constructor(
    sources: readonly string[],
    contents: readonly (string | undefined)[],
    decode: () => MappingColumns,
  ) {
    this.sources = sources;
    this.contents = contents;
    this.#decode = decode;
  }

  /** Decoded at first use: where a stored table applies, only the texts are wanted. */
  get mappings(): MappingColumns {
    this.#mappings ??= this.#decode();
    return this.#mappings;
  }

  get segmentCount(): number {
    return this.mappings.deployedColumns.length;
  }

  /**
   * The segment that maps a deployed position (0-based line and column), -1 where none does: the one at it or
   * before it in its line; with `after`, at it or behind it.
   */
  segmentAt(line: number, column: number, after = false): number {
    const { lineStarts, deployedColumns, sources } = this.mappings;
    if (line < 0 || line + 1 >= lineStarts.length) return -1;
    const from = lineStarts[line] as number;
    const to = lineStarts[line + 1] as number;
    let found = lowerBound(deployedColumns, column, from, to);
    const isExact = found < to && deployedColumns[found] === column;
    if (isExact && after) while (found + 1 < to && deployedColumns[found + 1] === column) found++;
    else if (!isExact && !after) found--;
    if (found < from || found >= to || (sources[found] as number) < 0) return -1;
    return found;
  }

  /** The segments of the nearest mapped column at or behind an original position (0-based). */
  segmentsOf(source: number, line: number, column: number): Int32Array {
    this.#bySource ??= new SourceIndex(this.sources.length, this.mappings);
    return this.#bySource.segmentsAt(source, line, column, this.mappings.columns);
  }

  /** The deployed line (0-based) of a segment. */
  deployedLine(segment: number): number {
    const { lineStarts } = this.mappings;
    let low = 0;
    let high = lineStarts.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((lineStarts[middle] as number) <= segment) low = middle;
      else high = middle;
    }
    return low;
  }
}

/** The first index in `from` to `to` whose value is at least `wanted`. */
function lowerBound(values: Int32Array, wanted: number, from: number, to: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] as number) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** All segments sorted by source, line, column; those of one place in deployed order. */
class SourceIndex {
  readonly #lineBases: Int32Array;
  readonly #bucketStarts: Int32Array;
  readonly #order: Int32Array;

  constructor(sourceCount: number, { sources, lines, columns }: MappingColumns) {
    const lineCounts = new Int32Array(sourceCount);
    for (let at = 0; at < sources.length; at++) {
      const source = sources[at] as number;
      if (isOf(source, sourceCount, lines[at] as number)) {
        lineCounts[source] = Math.max(lineCounts[source] as number, (lines[at] as number) + 1);
      }
    }
    this.#lineBases = new Int32Array(sourceCount + 1);
    for (let at = 0; at < sourceCount; at++) {
      this.#lineBases[at + 1] = (this.#lineBases[at] as number) + (lineCounts[at] as number);
    }
    const bucketCount = this.#lineBases[sourceCount] as number;
    const starts = new Int32Array(bucketCount + 2);
    const bucketOf = (at: number): number => {
      const source = sources[at] as number;
      if (!isOf(source, sourceCount, lines[at] as number)) return -1;
      return (this.#lineBases[source] as number) + (lines[at] as number);
    };
    for (let at = 0; at < sources.length; at++)
      starts[bucketOf(at) + 2] = (starts[bucketOf(at) + 2] as number) + 1;
    starts[1] = 0;
    for (let at = 2; at < starts.length; at++)
      starts[at] = (starts[at] as number) + (starts[at - 1] as number);
    this.#order = new Int32Array(starts[bucketCount + 1] as number);
    for (let at = 0; at < sources.length; at++) {
      const bucket = bucketOf(at);
      if (bucket < 0) continue;
      this.#order[starts[bucket + 1] as number] = at;
      starts[bucket + 1] = (starts[bucket + 1] as number) + 1;
    }
    this.#bucketStarts = starts;
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      const part = this.#order.subarray(starts[bucket] as number, starts[bucket + 1] as number);
      if (part.length > 1) part.sort((a, b) => (columns[a] as number) - (columns[b] as number) || a - b);
    }
  }

  segmentsAt(source: number, line: number, column: number, columns: Int32Array): Int32Array {
    const bucket = (this.#lineBases[source] as number) + line;
    if (line < 0 || bucket >= (this.#lineBases[source + 1] as number)) return none;
    const to = this.#bucketStarts[bucket + 1] as number;
    let low = this.#bucketStarts[bucket] as number;
    let high = to;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((columns[this.#order[middle] as number] as number) < column) low = middle + 1;
      else high = middle;
    }
    let end = low;
    const matched = columns[this.#order[low] as number];
    while (end < to && columns[this.#order[end] as number] === matched) end++;
    return this.#order.subarray(low, end);
  }
}

/** A broken map may name sources that it does not have. */
function isOf(source: number, sourceCount: number, line: number): boolean {
  return source >= 0 && source < sourceCount && line >= 0;
}

const none = new Int32Array(0);
