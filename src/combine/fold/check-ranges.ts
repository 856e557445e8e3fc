/** Contract's `rangesProblem` for lists of any kind, as fast as the fold itself. */
const maxOffset = 2 ** 29;

/** Lists that were checked and that many files share. */
const sound = new WeakSet<Int32Array>();

let ends: Int32Array = new Int32Array(256);

/** What is wrong with packed ranges, or undefined. They must be safe integers and form a forest. */
export function packedProblem(packed: unknown): string | undefined {
  if (packed instanceof Int32Array) {
    if (sound.has(packed)) return undefined;
    const problem = sizeProblem(packed) ?? forestProblem(packed);
    // A list of its own, no view of what is overwritten: many files may share it.
    if (problem === undefined && packed.byteLength === packed.buffer.byteLength) sound.add(packed);
    return problem;
  }
  if (!Array.isArray(packed)) return "ranges is not an array";
  for (let at = 0; at < packed.length; at++) {
    if (!Number.isSafeInteger(packed[at])) return `ranges[${at}] is not an integer in range`;
  }
  return sizeProblem(packed) ?? forestProblem(packed);
}

function sizeProblem(packed: ArrayLike<number>): string | undefined {
  return packed.length % 3 === 0 ? undefined : "ranges does not hold triples";
}

function forestProblem(packed: ArrayLike<number>): string | undefined {
  let open = ends;
  let depth = 0;
  let start = 0;
  for (let at = 0; at < packed.length; at += 3) {
    const delta = packed[at] as number;
    const length = packed[at + 1] as number;
    if (delta < 0 || length < 0 || length > maxOffset) return `ranges[${at}] is not a range`;
    start += delta;
    const end = start + length;
    if (end > maxOffset) return `ranges[${at}] ends beyond ${maxOffset}`;
    if (length === 0) continue;
    while (depth > 0 && (open[depth - 1] as number) <= start) depth--;
    if (depth > 0 && end > (open[depth - 1] as number)) return `ranges[${at}] crosses the range around it`;
    if (depth === open.length) open = deepen();
    open[depth++] = end;
  }
  return undefined;
}

function deepen(): Int32Array {
  const deeper = new Int32Array(ends.length * 2);
  deeper.set(ends);
  ends = deeper;
  return deeper;
}

/** The greatest end: of the roots, which hold all others. */
export function furthestEnd(packed: ArrayLike<number>): number {
  let furthest = 0;
  let start = 0;
  for (let at = 0; at < packed.length; at += 3) {
    start += packed[at] as number;
    const end = start + (packed[at + 1] as number);
    if (end > furthest) furthest = end;
  }
  return furthest;
}
