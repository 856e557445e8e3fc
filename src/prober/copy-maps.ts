/**
 * Source maps of a copy. Lines are the original's; only columns shift, by what was put in before them on their line.
 */
import { decode, encode, type SourceMapMappings, type SourceMapSegment } from "@jridgewell/sourcemap-codec";
import type { ProbedFile } from "./probe.ts";

/** A word, or one character that is neither of a word nor a space: where V8's positions can lie. */
const token = /[\w$]+|[^\w$\s]/gu;

/** From the copy back to the original, token by token: stacks have the original's lines and columns. */
export function mapToOriginal(source: string, { inserts }: ProbedFile, file: string): string {
  const shift = shiftsByLine(source, inserts);
  const mappings = lines(source).map(({ text }, line) =>
    [...text.matchAll(token)].map(({ index }): SourceMapSegment => [shift(line, index), 0, line, index]),
  );
  return JSON.stringify({ version: 3, file, sources: [file], names: [], mappings: encode(mappings) });
}

/** The original's own map, for the copy: from the copy to what the original was made of. */
export function composeMap(source: string, { inserts }: ProbedFile, originalMap: string): string {
  const map = JSON.parse(originalMap);
  if (map.version !== 3 || typeof map.mappings !== "string") {
    throw new TypeError(
      "it is no source map of version 3 with mappings of its own; sections are not supported",
    );
  }
  const shift = shiftsByLine(source, inserts);
  const mappings = decode(map.mappings).map((segments, line) =>
    segments.map(([column, ...rest]) => [shift(line, column), ...rest] as SourceMapSegment),
  ) as SourceMapMappings;
  return JSON.stringify({ ...map, mappings: encode(mappings) });
}

interface Line {
  start: number;
  text: string;
}

function lines(source: string): Line[] {
  let start = 0;
  return source.split("\n").map((text) => {
    const line = { start, text };
    start += text.length + 1;
    return line;
  });
}

interface Shift {
  column: number;
  /** Characters put in before this column and in all columns before it. */
  by: number;
}

/** From a line (from 0) and a column of the original to the copy's column. */
function shiftsByLine(
  source: string,
  inserts: ProbedFile["inserts"],
): (line: number, column: number) => number {
  const byLine: Shift[][] = [];
  let at = 0;
  for (const { start, text } of lines(source)) {
    const shifts: Shift[] = [];
    let by = 0;
    for (; at < inserts.length && (inserts[at]?.at ?? 0) <= start + text.length; at++) {
      const insert = inserts[at] as ProbedFile["inserts"][number];
      by += insert.text.length;
      shifts.push({ column: insert.at - start, by });
    }
    byLine.push(shifts);
  }
  return (line, column) => column + lastBefore(byLine[line] ?? [], column);
}

/** What the last insertion at or before a column has shifted it by. */
function lastBefore(shifts: readonly Shift[], column: number): number {
  let low = 0;
  let high = shifts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((shifts[middle] as Shift).column <= column) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? 0 : (shifts[low - 1] as Shift).by;
}
