/**
 * A source map's mappings as columns of integers: a tenth of the memory of arrays of arrays, which for a bundle
 * would be most of what combining takes. Look-ups answer as @jridgewell/trace-mapping does.
 */
export interface MappingColumns {
  /** By deployed line (0-based): its first segment; one more at the end. */
  lineStarts: Int32Array;
  deployedColumns: Int32Array;
  /** Index of the source, -1: this segment maps to nothing. */
  sources: Int32Array;
  /** 0-based. */
  lines: Int32Array;
  columns: Int32Array;
}

const semicolon = 59;
const comma = 44;
const digits = new Uint8Array(128);
for (const [value, character] of [
  ..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
].entries()) {
  digits[character.charCodeAt(0)] = value;
}

/** Decodes base64 VLQ, https://tc39.es/ecma426/#sec-mappings. Segments of a line are sorted by column. */
export function decodeMappings(mappings: string): MappingColumns {
  const count = countSegments(mappings);
  const columns: MappingColumns = {
    lineStarts: new Int32Array(count.lines + 1),
    deployedColumns: new Int32Array(count.segments),
    sources: new Int32Array(count.segments).fill(-1),
    lines: new Int32Array(count.segments),
    columns: new Int32Array(count.segments),
  };
  let at = 0;
  let segment = 0;
  let line = 0;
  const state = [0, 0, 0, 0, 0];
  const readNumber = (): number => {
    let value = 0;
    let shift = 0;
    let digit: number;
    do {
      digit = digits[mappings.charCodeAt(at++)] ?? 0;
      value |= (digit & 31) << shift;
      shift += 5;
    } while ((digit & 32) !== 0 && shift < 35);
    return (value & 1) === 1 ? -(value >>> 1) : value >>> 1;
  };
  while (at <= mappings.length) {
    const code = at < mappings.length ? mappings.charCodeAt(at) : semicolon;
    if (code === semicolon) {
      sortLine(columns, columns.lineStarts[line] as number, segment);
      columns.lineStarts[++line] = segment;
      state[0] = 0;
      at++;
    } else if (code === comma) at++;
    else {
      let field = 0;
      for (; at < mappings.length && !isSeparator(mappings.charCodeAt(at)); field++) {
        const value = readNumber();
        if (field < 5) state[field] = (state[field] as number) + value;
      }
      columns.deployedColumns[segment] = state[0] as number;
      if (field >= 4) {
        columns.sources[segment] = state[1] as number;
        columns.lines[segment] = state[2] as number;
        columns.columns[segment] = state[3] as number;
      }
      segment++;
    }
  }
  return columns;
}

function isSeparator(code: number): boolean {
  return code === comma || code === semicolon;
}

function countSegments(mappings: string): { lines: number; segments: number } {
  let lines = 1;
  let segments = 0;
  let isOpen = false;
  for (let at = 0; at < mappings.length; at++) {
    const code = mappings.charCodeAt(at);
    if (code === semicolon) lines++;
    if (isSeparator(code)) isOpen = false;
    else if (!isOpen) {
      isOpen = true;
      segments++;
    }
  }
  return { lines, segments };
}

/** Producers write them sorted; where one did not, this is stable. */
function sortLine(columns: MappingColumns, from: number, to: number): void {
  const { deployedColumns } = columns;
  for (let at = from + 1; at < to; at++) {
    if ((deployedColumns[at] as number) >= (deployedColumns[at - 1] as number)) continue;
    const order = Array.from({ length: to - from }, (_, index) => from + index);
    order.sort((a, b) => (deployedColumns[a] as number) - (deployedColumns[b] as number));
    for (const column of [deployedColumns, columns.sources, columns.lines, columns.columns]) {
      column.set(
        order.map((index) => column[index] as number),
        from,
      );
    }
    return;
  }
}
