/**
 * Reads a coverage file's JSON faster than JSON.parse: nearly all of it are the numbers of `ranges`, which are
 * scanned from the bytes into typed arrays; the small rest goes through JSON.parse. Anything but plain integers
 * is left to JSON.parse, so that both ways always agree.
 */
import { randomBytes } from "node:crypto";
import { Recounted } from "../../fold/recounted.ts";
import { isShared } from "../check-ranges.ts";
import { type FoundList, forgetChanges, KnownLists } from "./known-lists.ts";
import { scanRanges, startScanning } from "./scan-ranges.ts";

const marker = Buffer.from('"ranges":[');
/** Stands for the n-th list; no file can know it. */
const secret = randomBytes(12).toString("hex");

const backslash = 92;

export class RangeReader {
  readonly #known = new KnownLists();

  /**
   * The parsed file, its lists of ranges as lists that many files share, with or without changes, or as views that
   * the next call overwrites, as it does the changes (see `keepRanges`). Throws as JSON.parse does.
   */
  parse(bytes: Buffer): unknown {
    const lists: (Int32Array | Recounted)[] = [];
    const parts: string[] = [];
    let done = 0;
    startScanning();
    forgetChanges();
    for (let at = bytes.indexOf(marker); at >= 0; at = bytes.indexOf(marker, done)) {
      const start = at + marker.length;
      const found = this.#known.find(bytes, start) ?? this.#scan(bytes, start);
      if (found === undefined) return JSON.parse(bytes.toString("utf8"));
      parts.push(bytes.toString("utf8", done, at), `"ranges":"${secret}${lists.length}"`);
      lists.push(found.ranges);
      done = found.end;
    }
    if (lists.length === 0) return JSON.parse(bytes.toString("utf8"));
    parts.push(bytes.toString("utf8", done));
    const file = JSON.parse(parts.join(""));
    return restore(file, lists) ? file : JSON.parse(bytes.toString("utf8"));
  }

  #scan(bytes: Buffer, start: number): FoundList | undefined {
    if (bytes[start - marker.length - 1] === backslash) return undefined;
    const scanned = scanRanges(bytes, start);
    if (scanned === undefined) return undefined;
    return { ranges: this.#known.keep(bytes, start, scanned) ?? scanned.view(), end: scanned.end };
  }
}

/** Copies the views, for a file that has to wait. */
export function keepRanges(scripts: readonly { kind: string; ranges?: unknown }[]): void {
  for (const script of scripts) {
    const { ranges } = script;
    if (ranges instanceof Recounted) script.ranges = ranges.list();
    else if (ranges instanceof Int32Array && !isShared(ranges)) script.ranges = ranges.slice();
  }
}

/** Puts the lists where they belong: into `scripts[i].ranges`, every one of them. */
function restore(file: unknown, lists: readonly (Int32Array | Recounted)[]): boolean {
  const scripts = (file as { scripts?: unknown } | null)?.scripts;
  if (!Array.isArray(scripts)) return false;
  let restored = 0;
  for (const script of scripts) {
    const ranges = (script as { ranges?: unknown } | null)?.ranges;
    if (typeof ranges !== "string" || !ranges.startsWith(secret)) continue;
    (script as { ranges: unknown }).ranges = lists[Number(ranges.slice(secret.length))];
    restored++;
  }
  return restored === lists.length;
}
