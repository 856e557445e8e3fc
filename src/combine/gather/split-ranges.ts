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

/**
 * The parsed file, its lists of ranges as views that the next call overwrites (see `keepRanges`). Throws as
 * JSON.parse does.
 */
export function parseWithRanges(bytes: Buffer): unknown {
  const lists: [number, number][] = [];
  scannedCount = 0;
  const parts: string[] = [];
  let done = 0;
  for (let at = bytes.indexOf(marker); at >= 0; at = bytes.indexOf(marker, done)) {
    const from = scannedCount;
    const end = at > 0 && bytes[at - 1] !== backslash ? scanList(bytes, at + marker.length) : -1;
    if (end < 0) return JSON.parse(bytes.toString("utf8"));
    parts.push(bytes.toString("utf8", done, at), `"ranges":"${secret}${lists.length}"`);
    lists.push([from, scannedCount]);
    done = end;
  }
  if (lists.length === 0) return JSON.parse(bytes.toString("utf8"));
  parts.push(bytes.toString("utf8", done));
  const file = JSON.parse(parts.join(""));
  return restore(file, lists) ? file : JSON.parse(bytes.toString("utf8"));
}

let scannedCount = 0;

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

/** Copies the views, for a file that has to wait. */
export function keepRanges(scripts: readonly { kind: string; ranges?: unknown }[]): void {
  for (const script of scripts) {
    if (script.ranges instanceof Int32Array) script.ranges = script.ranges.slice();
  }
}

/** Puts the lists where they belong: into `scripts[i].ranges`, every one of them. */
function restore(file: unknown, lists: readonly (readonly [number, number])[]): boolean {
  const scripts = (file as { scripts?: unknown } | null)?.scripts;
  if (!Array.isArray(scripts)) return false;
  let restored = 0;
  for (const script of scripts) {
    const ranges = (script as { ranges?: unknown } | null)?.ranges;
    if (typeof ranges !== "string" || !ranges.startsWith(secret)) continue;
    const [from, to] = lists[Number(ranges.slice(secret.length))] as [number, number];
    (script as { ranges: Int32Array }).ranges = scanned.subarray(from, to);
    restored++;
  }
  return restored === lists.length;
}
