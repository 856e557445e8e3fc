import { type Ranges, Recounted } from "../fold/recounted.ts";

/** Contract's `rangesProblem` for lists of any kind, as fast as the fold itself. */
export const maxOffset = 2 ** 29;

/** What checking a list finds out, and folding it needs. */
export interface Forest {
  /** By index of a range, that of the range around it; -1: none. Not set for empty ranges. */
  parents: Int32Array;
  /** The greatest end. */
  furthest: number;
}

/** Lists that need no further check: many files share them, or reading them checked them. */
const sound = new WeakMap<object, Forest>();

export function markSound(packed: Int32Array, forest: Forest): void {
  sound.set(packed, forest);
}

/** What is wrong with packed ranges, or undefined. They must be safe integers and form a forest. */
export function packedProblem(packed: unknown): string | undefined {
  if (packed instanceof Recounted) return packedProblem(packed.of);
  if (!(packed instanceof Int32Array)) {
    if (!Array.isArray(packed)) return "ranges is not an array";
    for (let at = 0; at < packed.length; at++) {
      if (!Number.isSafeInteger(packed[at])) return `ranges[${at}] is not an integer in range`;
    }
  } else if (sound.has(packed)) return undefined;
  if (packed.length % 3 !== 0) return "ranges does not hold triples";
  const forest = forestOf(packed);
  if (typeof forest === "string") return forest;
  sound.set(packed, forest);
  return undefined;
}

/** Of a list that has passed `packedProblem`. */
export function soundForest(packed: ArrayLike<number>): Forest {
  const known = sound.get(packed);
  if (known !== undefined) return known;
  const forest = forestOf(packed);
  if (typeof forest === "string") throw new RangeError(forest);
  return forest;
}

function forestOf(packed: ArrayLike<number>): Forest | string {
  const parents = new Int32Array(packed.length / 3);
  const open: { index: number; end: number }[] = [];
  let furthest = 0;
  let start = 0;
  for (let at = 0; at < packed.length; at += 3) {
    const delta = packed[at] as number;
    const length = packed[at + 1] as number;
    if (delta < 0 || length < 0 || length > maxOffset) return `ranges[${at}] is not a range`;
    start += delta;
    const end = start + length;
    if (end > maxOffset) return `ranges[${at}] ends beyond ${maxOffset}`;
    if (length === 0) continue;
    let parent = open.at(-1);
    for (; parent !== undefined && parent.end <= start; parent = open.at(-1)) open.pop();
    if (parent !== undefined && end > parent.end) return `ranges[${at}] crosses the range around it`;
    parents[at / 3] = parent === undefined ? -1 : parent.index;
    if (end > furthest) furthest = end;
    open.push({ index: at / 3, end });
  }
  return { parents, furthest };
}

/** The greatest end. */
export function furthestEnd(packed: Ranges): number {
  return soundForest(packed instanceof Recounted ? packed.of : packed).furthest;
}

const shared = new WeakSet<Int32Array>();

/** From now on many files may have this very list: it is kept until all are read, and never overwritten. */
export function share(list: Int32Array): Int32Array {
  shared.add(list);
  return list;
}

export function isShared(list: Int32Array): boolean {
  return shared.has(list);
}
