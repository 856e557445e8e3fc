/**
 * Reads a coverage file's JSON faster than JSON.parse: nearly all of it are the numbers of `ranges`, which are
 * scanned from the bytes into typed arrays; the small rest goes through JSON.parse. Anything but plain integers
 * is left to JSON.parse, so that both ways always agree.
 */
import { randomBytes } from "node:crypto";
import { type ScannedList, scanRanges, startScanning } from "./scan-ranges.ts";

const marker = Buffer.from('"ranges":[');
/** Stands for the n-th list; no file can know it. */
const secret = randomBytes(12).toString("hex");

const closing = 93;
const backslash = 92;

export class RangeReader {
  readonly #shared = new SharedLists();

  /**
   * The parsed file, its lists of ranges as shared lists, or as views that the next call overwrites (see
   * `keepRanges`). Throws as JSON.parse does.
   */
  parse(bytes: Buffer): unknown {
    const lists: Int32Array[] = [];
    const parts: string[] = [];
    let done = 0;
    startScanning();
    for (let at = bytes.indexOf(marker); at >= 0; at = bytes.indexOf(marker, done)) {
      const start = at + marker.length;
      const found = this.#shared.find(bytes, start) ?? this.#scan(bytes, start);
      if (found === undefined) return JSON.parse(bytes.toString("utf8"));
      parts.push(bytes.toString("utf8", done, at), `"ranges":"${secret}${lists.length}"`);
      lists.push(found.list);
      done = found.end;
    }
    if (lists.length === 0) return JSON.parse(bytes.toString("utf8"));
    parts.push(bytes.toString("utf8", done));
    const file = JSON.parse(parts.join(""));
    return restore(file, lists) ? file : JSON.parse(bytes.toString("utf8"));
  }

  #scan(bytes: Buffer, start: number): { list: Int32Array; end: number } | undefined {
    if (bytes[start - marker.length - 1] === backslash) return undefined;
    const scanned = scanRanges(bytes, start);
    if (scanned === undefined) return undefined;
    const { end } = scanned;
    return { list: this.#shared.share(bytes, start, scanned) ?? scanned.view(), end };
  }
}

const sharedTextBytes = 1024 * 1024;
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

  /** Keeps a list; undefined where there is no room. */
  share(bytes: Buffer, start: number, scanned: ScannedList): Int32Array | undefined {
    const size = scanned.end - start;
    const ofSize = this.#bySize.get(size) ?? [];
    if (this.#bytes + size > sharedTextBytes || ofSize.length >= mostOfOneSize) return undefined;
    const list = scanned.copy();
    ofSize.push({ text: Buffer.from(bytes.subarray(start, scanned.end)), list });
    this.#bySize.set(size, ofSize);
    this.#bytes += size;
    return list;
  }
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
function restore(file: unknown, lists: readonly Int32Array[]): boolean {
  const scripts = (file as { scripts?: unknown } | null)?.scripts;
  if (!Array.isArray(scripts)) return false;
  let restored = 0;
  for (const script of scripts) {
    const ranges = (script as { ranges?: unknown } | null)?.ranges;
    if (typeof ranges !== "string" || !ranges.startsWith(secret)) continue;
    (script as { ranges: Int32Array }).ranges = lists[Number(ranges.slice(secret.length))] as Int32Array;
    restored++;
  }
  return restored === lists.length;
}
