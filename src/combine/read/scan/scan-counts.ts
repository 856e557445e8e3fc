/** Scans a list of counts of probes from the bytes of its JSON, and adds up in the same pass how far it reaches. */
import { markSoundCounts } from "../check-counts.ts";
import type { Scanned } from "./known-lists.ts";
import { readNumber } from "./scan-ranges.ts";

const comma = 44;
const closing = 93;

let numbers = new Int32Array(4096);
let used = 0;

/** Lists scanned so far are overwritten by the next ones. */
export function startScanningCounts(): void {
  used = 0;
}

/** Scans `0,1,12,5]` from `start` on; undefined where it is anything but pairs of plain integers below 100 million. */
export function scanCounts(bytes: Uint8Array, start: number): Scanned | undefined {
  const from = used;
  if (bytes[start] === closing) return new ScannedCounts(from, from, 0, start + 1);
  // A number and its comma take two bytes at least.
  ensureSpace(from + ((bytes.length - start) >> 1) + 2);
  const into = numbers;
  let count = from;
  let at = start;
  let end = 0;
  for (;;) {
    let number = readNumber(bytes, at);
    at += number & 15;
    if (number < 0 || bytes[at++] !== comma) return undefined;
    const gap = number >>> 4;
    number = readNumber(bytes, at);
    at += number & 15;
    // A probe that did not count is in no list: JSON.parse and the check say so.
    if (number >> 4 <= 0) return undefined;
    into[count] = gap;
    into[count + 1] = number >>> 4;
    count += 2;
    end += gap + 1;
    const separator = bytes[at++];
    if (separator === comma) continue;
    if (separator !== closing) return undefined;
    used = count;
    return new ScannedCounts(from, count, end, at);
  }
}

class ScannedCounts implements Scanned {
  readonly isSound = true;
  readonly end: number;
  readonly #from: number;
  readonly #to: number;
  readonly #probes: number;

  constructor(from: number, to: number, probes: number, end: number) {
    this.#from = from;
    this.#to = to;
    this.#probes = probes;
    this.end = end;
  }

  view(): Int32Array {
    return this.#marked(numbers.subarray(this.#from, this.#to));
  }

  copy(): Int32Array {
    return this.#marked(numbers.slice(this.#from, this.#to));
  }

  #marked(list: Int32Array): Int32Array {
    markSoundCounts(list, this.#probes);
    return list;
  }
}

function ensureSpace(length: number): void {
  if (length <= numbers.length) return;
  const larger = new Int32Array(2 * length);
  larger.set(numbers);
  numbers = larger;
}
