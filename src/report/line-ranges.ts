/** Line numbers as people read them: `12-14, 20`. */

export interface LineRange {
  /** 1-based, both ends included. */
  from: number;
  to: number;
}

/**
 * Joins ascending lines into ranges. Lines that hold no statement (blank, comment, closing brace) do not
 * break a range: `isStatement` tells which lines would.
 */
export function lineRanges(lines: readonly number[], isStatement: (line: number) => boolean): LineRange[] {
  const ranges: LineRange[] = [];
  for (const line of lines) {
    const last = ranges.at(-1);
    if (last !== undefined && !anyBetween(last.to + 1, line, isStatement)) last.to = line;
    else ranges.push({ from: line, to: line });
  }
  return ranges;
}

function anyBetween(from: number, to: number, isStatement: (line: number) => boolean): boolean {
  for (let line = from; line < to; line++) if (isStatement(line)) return true;
  return false;
}

export function formatLineRange({ from, to }: LineRange): string {
  return from === to ? String(from) : `${from}-${to}`;
}

/** As many ranges as fit into `width` characters, then `… n more`. */
export function formatLineRanges(ranges: readonly LineRange[], width = Number.POSITIVE_INFINITY): string {
  const words = ranges.map(formatLineRange);
  const whole = words.join(", ");
  if (whole.length <= width) return whole;
  for (let shown = words.length - 1; shown > 0; shown--) {
    const text = `${words.slice(0, shown).join(", ")} … ${words.length - shown} more`;
    if (text.length <= width) return text;
  }
  return `${words.length} ranges`;
}

/** `3, 5-7` of ascending numbers. */
export function plainLineRanges(numbers: readonly number[]): string {
  return formatLineRanges(lineRanges(numbers, () => true));
}
