/**
 * Scans a list of packed ranges from the bytes of its JSON, and checks in the same pass that they form a forest, as
 * `packedProblem` would.
 */
import { type Forest, markSound, maxOffset } from "../check-ranges.ts";
import type { Scanned } from "./known-lists.ts";

const comma = 44;
const minus = 45;
const closing = 93;

let numbers = new Int32Array(3 * 4096);
/** One per three numbers. */
let parents = new Int32Array(4096);
let used = 0;
/** Indices and ends of the ranges around the current one; the first stands for what is around all. */
let openIndices = new Int32Array(256).fill(-1);
let openEnds = new Int32Array(256).fill(maxOffset);

/** Lists scanned so far are overwritten by the next ones. */
export function startScanning(): void {
  used = 0;
}

export class ScannedList implements Scanned {
  readonly #from: number;
  readonly #to: number;
  readonly #furthest: number | undefined;
  /** Behind the bracket. */
  readonly end: number;

  /** `furthest`: undefined where they are no forest. */
  constructor(from: number, to: number, furthest: number | undefined, end: number) {
    this.#from = from;
    this.#to = to;
    this.#furthest = furthest;
    this.end = end;
  }

  get isSound(): boolean {
    return this.#furthest !== undefined;
  }

  view(): Int32Array {
    return this.#marked(
      numbers.subarray(this.#from, this.#to),
      parents.subarray(this.#from / 3, this.#to / 3),
    );
  }

  copy(): Int32Array {
    return this.#marked(numbers.slice(this.#from, this.#to), parents.slice(this.#from / 3, this.#to / 3));
  }

  #marked(list: Int32Array, of: Forest["parents"]): Int32Array {
    if (this.#furthest !== undefined) markSound(list, { parents: of, furthest: this.#furthest });
    return list;
  }
}

/** Scans `1,2,-3]` from `start` on; undefined where it is anything but triples of plain integers below 100 million. */
export function scanRanges(bytes: Uint8Array, start: number): ScannedList | undefined {
  const from = used;
  if (bytes[start] === closing) return new ScannedList(from, from, 0, start + 1);
  // A number and its comma take two bytes at least.
  ensureSpace(from + ((bytes.length - start) >> 1) + 3);
  // All that the loop touches is local: a module's variables are read anew, and checked, each time.
  const into = numbers;
  const parentsInto = parents;
  let indices = openIndices;
  let ends = openEnds;
  const beyond = maxOffset;
  let count = from;
  const fromIndex = from / 3;
  let index = 0;
  let at = start;
  let depth = 0;
  let offset = 0;
  let furthest = 0;
  let isForest = true;
  for (;;) {
    let number = readNumber(bytes, at);
    at += number & 15;
    if (number < 0 || bytes[at++] !== comma) return undefined;
    const delta = number >>> 4;
    number = readNumber(bytes, at);
    at += number & 15;
    if (number < 0 || bytes[at++] !== comma) return undefined;
    const length = number >>> 4;
    const isNegative = bytes[at] === minus;
    if (isNegative) at++;
    number = readNumber(bytes, at);
    at += number & 15;
    const hits = number >>> 4;
    if (number < 0 || (isNegative && hits === 0)) return undefined;
    into[count] = delta;
    into[count + 1] = length;
    into[count + 2] = isNegative ? -hits : hits;
    count += 3;
    offset += delta;
    const end = offset + length;
    if (end > beyond) isForest = false;
    if (length > 0 && isForest) {
      while (depth > 0 && (ends[depth] as number) <= offset) depth--;
      if (end > (ends[depth] as number)) isForest = false;
      if (end > furthest) furthest = end;
      parentsInto[fromIndex + index] = indices[depth] as number;
      if (++depth === ends.length) {
        deepen();
        indices = openIndices;
        ends = openEnds;
      }
      indices[depth] = index;
      ends[depth] = end;
    }
    index++;
    const separator = bytes[at++];
    if (separator === comma) continue;
    if (separator !== closing) return undefined;
    used = count;
    return new ScannedList(from, count, isForest ? furthest : undefined, at);
  }
}

/**
 * The number that begins at `at`, as `value << 4 | digits`; -1 where there is none, it has more than eight digits or a
 * zero in front of others. Most have one to three: how many is what a processor cannot foresee, so little is asked.
 */
export function readNumber(bytes: Uint8Array, at: number): number {
  let value = (bytes[at] as number) - 48;
  if (!(value >= 0 && value <= 9)) return -1;
  let digit = (bytes[at + 1] as number) - 48;
  if (!(digit >= 0 && digit <= 9)) return (value << 4) | 1;
  if (value === 0) return -1;
  value = value * 10 + digit;
  digit = (bytes[at + 2] as number) - 48;
  if (!(digit >= 0 && digit <= 9)) return (value << 4) | 2;
  value = value * 10 + digit;
  return readLongNumber(bytes, at, value);
}

/** The same, behind three digits. */
function readLongNumber(bytes: Uint8Array, at: number, firstDigits: number): number {
  let value = firstDigits;
  for (let digits = 3; digits <= 8; digits++) {
    const digit = (bytes[at + digits] as number) - 48;
    if (!(digit >= 0 && digit <= 9)) return (value << 4) | digits;
    value = value * 10 + digit;
  }
  return -1;
}

function ensureSpace(length: number): void {
  if (length <= numbers.length) return;
  numbers = larger(numbers, 6 * length);
  parents = larger(parents, 2 * length);
}

function deepen(): void {
  openIndices = larger(openIndices, 2 * openIndices.length);
  openEnds = larger(openEnds, 2 * openEnds.length);
}

function larger(from: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const into = new Int32Array(length);
  into.set(from);
  return into;
}
