/** Contract's `rangesProblem` for lists of any kind, as fast as the fold itself. */
const maxOffset = 2 ** 29;

let ends = new Int32Array(256);

/** What is wrong with packed ranges, or undefined. They must be safe integers and form a forest. */
export function packedProblem(packed: unknown): string | undefined {
  if (!Array.isArray(packed) && !(packed instanceof Float64Array)) return "ranges is not an array";
  if (packed.length % 3 !== 0) return "ranges does not hold triples";
  return forestProblem(packed as ArrayLike<number>);
}

function forestProblem(packed: ArrayLike<number>): string | undefined {
  let depth = 0;
  let start = 0;
  for (let at = 0; at < packed.length; at += 3) {
    const delta = packed[at] as number;
    const length = packed[at + 1] as number;
    if (!(isOffset(delta) && isOffset(length) && Number.isSafeInteger(packed[at + 2]))) {
      return `ranges[${at}] is not a triple of integers in range`;
    }
    start += delta;
    const end = start + length;
    if (end > maxOffset) return `ranges[${at}] ends beyond ${maxOffset}`;
    if (length === 0) continue;
    while (depth > 0 && (ends[depth - 1] as number) <= start) depth--;
    if (depth > 0 && end > (ends[depth - 1] as number)) return `ranges[${at}] crosses the range around it`;
    if (depth === ends.length) deepen();
    ends[depth++] = end;
  }
  return undefined;
}

function isOffset(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= maxOffset && value === Math.floor(value);
}

function deepen(): void {
  const deeper = new Int32Array(ends.length * 2);
  deeper.set(ends);
  ends = deeper;
}
