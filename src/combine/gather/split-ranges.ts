/**
 * Reads a coverage file's JSON faster than JSON.parse: nearly all of it are the numbers of `ranges`, which are
 * scanned from the bytes into typed arrays; the small rest goes through JSON.parse. Anything but plain integers
 * is left to JSON.parse, so that both ways always agree.
 */
import { randomBytes } from "node:crypto";

const marker = Buffer.from('"ranges":[');
/** Stands for the n-th list; no file can know it. */
const secret = randomBytes(12).toString("hex");

const comma = 44;
const minus = 45;
const zero = 48;
const nine = 57;
const closing = 93;
const backslash = 92;
/** 9 digits always fit into 32 bits. */
const mostDigits = 9;

let scanned = new Int32Array(4096);
let scannedCount = 0;

export class RangeReader {
  readonly #shared = new SharedLists();

  /**
   * The parsed file, its lists of ranges as shared lists, or as views that the next call overwrites (see
   * `keepRanges`). Throws as JSON.parse does.
   */
  parse(bytes: Buffer): unknown {
    const lists: (Int32Array | [number, number])[] = [];
    const parts: string[] = [];
    let done = 0;
    scannedCount = 0;
    for (let at = bytes.indexOf(marker); at >= 0; at = bytes.indexOf(marker, done)) {
      const start = at + marker.length;
      const shared = this.#shared.find(bytes, start);
      const from = scannedCount;
      const end = shared?.end ?? (at > 0 && bytes[at - 1] !== backslash ? scanList(bytes, start) : -1);
      if (end < 0) return JSON.parse(bytes.toString("utf8"));
      parts.push(bytes.toString("utf8", done, at), `"ranges":"${secret}${lists.length}"`);
      lists.push(shared?.list ?? this.#shared.share(bytes, start, end, from) ?? [from, scannedCount]);
      done = end;
    }
    if (lists.length === 0) return JSON.parse(bytes.toString("utf8"));
    parts.push(bytes.toString("utf8", done));
    const file = JSON.parse(parts.join(""));
    return restore(file, lists) ? file : JSON.parse(bytes.toString("utf8"));
  }
}

const sharedTextBytes = 4 * 1024 * 1024;
const mostOfOneSize = 8;

interface SharedList {
  /** The text, bracket included. */
  text: Buffer;
  list: Int32Array;
}

/**
 * Environments start alike, and like requests run alike: many snapshots of a script are the same to the byte.
 * Such a list is scanned and checked once, and folded as often as it came at once. Bounded; what is not kept is
 * read each time.
 */
class SharedLists {
  readonly #bySize = new Map<number, SharedList[]>();
  #bytes = 0;

  find(bytes: Buffer, start: number): { list: Int32Array; end: number } | undefined {
    const end = bytes.indexOf(closing, start) + 1;
    for (const { text, list } of this.#bySize.get(end - start) ?? []) {
      if (bytes.compare(text, 0, text.length, start, end) === 0) return { list, end };
    }
    return undefined;
  }

  /** Keeps what was scanned from `from` on; undefined where there is no room. */
  share(bytes: Buffer, start: number, end: number, from: number): Int32Array | undefined {
    const size = end - start;
    const ofSize = this.#bySize.get(size) ?? [];
    if (this.#bytes + size > sharedTextBytes || ofSize.length >= mostOfOneSize) return undefined;
    const list = scanned.slice(from, scannedCount);
    ofSize.push({ text: Buffer.from(bytes.subarray(start, end)), list });
    this.#bySize.set(size, ofSize);
    this.#bytes += size;
    return list;
  }
}

/** Scans `1,2,-3]`; returns the offset behind the bracket, -1 where it is anything else. */
function scanList(bytes: Buffer, start: number): number {
  let at = start;
  let count = scannedCount;
  if (bytes[at] === closing) return at + 1;
  // A number and its comma take two bytes at least.
  const numbers = ensureSpace(count + ((bytes.length - start) >> 1) + 1);
  for (;;) {
    let byte = bytes[at++] as number;
    const isNegative = byte === minus;
    if (isNegative) byte = bytes[at++] as number;
    const first = at;
    const leading = byte;
    let value = 0;
    while (byte >= zero && byte <= nine) {
      value = (Math.imul(value, 10) + byte - zero) | 0;
      byte = bytes[at++] as number;
    }
    const digits = at - first;
    if (digits === 0 || digits > mostDigits || (leading === zero && (digits > 1 || isNegative))) return -1;
    numbers[count++] = isNegative ? -value : value;
    if (byte === comma) continue;
    if (byte !== closing) return -1;
    scannedCount = count;
    return at;
  }
}

function ensureSpace(length: number): Int32Array {
  if (length > scanned.length) {
    const larger = new Int32Array(2 * length);
    larger.set(scanned);
    scanned = larger;
  }
  return scanned;
}

/** A list that every file with the same text has, not a view. */
export function isShared(ranges: Int32Array): boolean {
  return ranges.byteLength === ranges.buffer.byteLength;
}

/** Copies the views, for a file that has to wait. */
export function keepRanges(scripts: readonly { kind: string; ranges?: unknown }[]): void {
  for (const script of scripts) {
    if (script.ranges instanceof Int32Array && !isShared(script.ranges))
      script.ranges = script.ranges.slice();
  }
}

/** Puts the lists where they belong: into `scripts[i].ranges`, every one of them. */
function restore(file: unknown, lists: readonly (Int32Array | [number, number])[]): boolean {
  const scripts = (file as { scripts?: unknown } | null)?.scripts;
  if (!Array.isArray(scripts)) return false;
  let restored = 0;
  for (const script of scripts) {
    const ranges = (script as { ranges?: unknown } | null)?.ranges;
    if (typeof ranges !== "string" || !ranges.startsWith(secret)) continue;
    const list = lists[Number(ranges.slice(secret.length))] as Int32Array | [number, number];
    (script as { ranges: Int32Array }).ranges = list instanceof Int32Array ? list : scanned.subarray(...list);
    restored++;
  }
  return restored === lists.length;
}
