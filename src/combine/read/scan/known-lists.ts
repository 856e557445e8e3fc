/**
 * Environments start alike, and like requests run alike: most snapshots of a script list the same ranges as one
 * before, and differ in few of the counts. Such a list is scanned and checked once; of the next ones only the counts
 * that differ are read. Bounded; what is not kept is scanned each time.
 */

import { Recounted } from "../../fold/recounted.ts";
import { share } from "../check-ranges.ts";
import { readNumber } from "./scan-ranges.ts";

const closing = 93;
const mostTextBytes = 2 * 1024 * 1024;
const mostOfOneLength = 8;

/** A list read from the bytes of its JSON. */
export interface Scanned {
  /** It needs no further check. */
  readonly isSound: boolean;
  /** Behind the bracket. */
  readonly end: number;
  /** Overwritten by the next ones. */
  view(): Int32Array;
  copy(): Int32Array;
}

interface KnownList {
  /** Closing bracket included. */
  text: DataView;
  /** Where in the text each number ends. */
  ends: Int32Array;
  list: Int32Array;
}

export interface FoundList {
  ranges: Int32Array | Recounted;
  /** Behind the bracket. */
  end: number;
}

/** Of the lists found since `forgetChanges`, one after the other. */
let changes = new Int32Array(1024);
let used = 0;

/** Changes of lists found so far are overwritten by the next ones. */
export function forgetChanges(): void {
  used = 0;
}

export class KnownLists {
  readonly #byLength = new Map<number, KnownList[]>();
  /** By bytes of a text. No more than there are sizes that were found: some hundreds. */
  readonly #lastBySize = new Map<number, KnownList>();
  /** Numbers per range or pair; the last of them is the count. */
  readonly #size: number;
  #textBytes = 0;

  constructor(size: 2 | 3) {
    this.#size = size;
  }

  find(bytes: Buffer, start: number): FoundList | undefined {
    const end = bytes.indexOf(closing, start) + 1;
    if (end === 0) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, end);
    // Most often it is the one that a text of this size was like last time: counting would take as long as comparing.
    const last = this.#lastBySize.get(end - start);
    if (last !== undefined) {
      const ranges = this.#recounted(last, bytes, view, start);
      if (ranges !== undefined) return { ranges, end };
    }
    for (const known of this.#byLength.get(countCommas(view, start, end)) ?? []) {
      const ranges = known === last ? undefined : this.#recounted(known, bytes, view, start);
      if (ranges === undefined) continue;
      this.#lastBySize.set(end - start, known);
      return { ranges, end };
    }
    return undefined;
  }

  /** Undefined where there is no room, or what is not sound: what differs in counts only is taken for sound, too. */
  keep(bytes: Buffer, start: number, scanned: Scanned): Int32Array | undefined {
    const size = scanned.end - start;
    if (!scanned.isSound || this.#textBytes + size > mostTextBytes) return undefined;
    const list = share(scanned.copy());
    const ofLength = this.#byLength.get(Math.max(0, list.length - 1)) ?? [];
    if (ofLength.length >= mostOfOneLength) return undefined;
    const text = Uint8Array.from(bytes.subarray(start, scanned.end));
    ofLength.push({ text: new DataView(text.buffer), ends: numberEnds(text, list.length), list });
    this.#byLength.set(Math.max(0, list.length - 1), ofLength);
    this.#textBytes += size;
    return list;
  }

  /** The list, with the counts that differ; undefined where more than counts do. */
  #recounted(
    known: KnownList,
    bytes: Uint8Array,
    view: DataView,
    start: number,
  ): Int32Array | Recounted | undefined {
    const from = used;
    if (differences(known, { bytes, view, start, size: this.#size })) {
      return used === from ? known.list : new Recounted(known.list, changes.subarray(from, used));
    }
    used = from;
    return undefined;
  }
}

interface Candidate {
  bytes: Uint8Array;
  view: DataView;
  start: number;
  size: number;
}

/** Notes where the counts differ; false where anything else does, or a count of 0 or below. */
function differences({ text, ends, list }: KnownList, { bytes, view, start, size }: Candidate): boolean {
  const length = text.byteLength;
  let at = 0;
  let shift = start;
  for (;;) {
    at = firstDifference(text, view, at, shift);
    if (at === length) return true;
    const index = numberAt(ends, at);
    const count = list[index] as number;
    if (index % size !== size - 1 || count <= 0) return false;
    const from = index === 0 ? 0 : (ends[index - 1] as number) + 1;
    const number = readNumber(bytes, from + shift);
    const here = number >> 4;
    if (here <= 0) return false;
    at = ends[index] as number;
    shift += from + (number & 15) - at;
    if (bytes[at + shift] !== text.getUint8(at)) return false;
    note(index, here - count);
  }
}

/** Where `text` from `from` on and `bytes` from `from + shift` on differ; the length of `text` where nowhere. */
function firstDifference(text: DataView, bytes: DataView, from: number, shift: number): number {
  const length = Math.min(text.byteLength, bytes.byteLength - shift);
  let at = from;
  // Sixteen bytes at a time take a fifth of the time that one at a time does. Typed arrays would have to be aligned.
  while (at + 16 <= length && fourWordsDiffer(text, bytes, at, at + shift) === 0) at += 16;
  while (at < length && text.getUint8(at) === bytes.getUint8(at + shift)) at++;
  return at;
}

function fourWordsDiffer(a: DataView, b: DataView, atA: number, atB: number): number {
  return (
    (a.getInt32(atA, true) ^ b.getInt32(atB, true)) |
    (a.getInt32(atA + 4, true) ^ b.getInt32(atB + 4, true)) |
    (a.getInt32(atA + 8, true) ^ b.getInt32(atB + 8, true)) |
    (a.getInt32(atA + 12, true) ^ b.getInt32(atB + 12, true))
  );
}

/** Index of the number at or before whose end `at` is. */
function numberAt(ends: Int32Array, at: number): number {
  let low = 0;
  let high = ends.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ends[middle] as number) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

function note(index: number, more: number): void {
  if (used + 2 > changes.length) {
    const larger = new Int32Array(2 * changes.length);
    larger.set(changes);
    changes = larger;
  }
  changes[used++] = index;
  changes[used++] = more;
}

function numberEnds(text: Uint8Array, numbers: number): Int32Array {
  const ends = new Int32Array(numbers);
  let index = 0;
  for (let at = 0; index < numbers; at++) {
    const byte = text[at];
    if (byte === 44 || byte === closing) ends[index++] = at;
  }
  return ends;
}

/** Four bytes at a time: a byte of `bits` is 1 where that of the word is a comma. */
function countCommas(bytes: DataView, start: number, end: number): number {
  let commas = 0;
  let at = start;
  while (at + 4 <= end) {
    const stop = Math.min(end - 3, at + 4 * 255);
    let perByte = 0;
    for (; at < stop; at += 4) {
      const word = bytes.getInt32(at) ^ 0x2c2c2c2c;
      const bits = ~(((word & 0x7f7f7f7f) + 0x7f7f7f7f) | word) & 0x80808080;
      perByte = (perByte + (bits >>> 7)) | 0;
    }
    commas += (perByte & 255) + ((perByte >>> 8) & 255) + ((perByte >>> 16) & 255) + (perByte >>> 24);
  }
  for (; at < end; at++) if (bytes.getUint8(at) === 44) commas++;
  return commas;
}
