/**
 * Reads a coverage file's JSON faster than JSON.parse: nearly all of it are the numbers of `ranges` and `counts`, which are
 * scanned from the bytes into typed arrays; the small rest goes through JSON.parse. Anything but plain integers
 * is left to JSON.parse, so that both ways always agree.
 */
import { randomBytes } from "node:crypto";
import { Recounted } from "../../fold/recounted.ts";
import { isShared } from "../check-ranges.ts";
import { type FoundList, forgetChanges, KnownLists, type Scanned } from "./known-lists.ts";
import { scanCounts, startScanningCounts } from "./scan-counts.ts";
import { scanRanges, startScanning } from "./scan-ranges.ts";

/** Stands for the n-th list; no file can know it. */
const secret = randomBytes(12).toString("hex");

const backslash = 92;
const listNames = ["ranges", "counts"] as const;
type ListName = (typeof listNames)[number];

type Scan = (bytes: Uint8Array, start: number) => Scanned | undefined;

/** A field of a script's entry that holds a long list. */
class ListField {
  readonly name: ListName;
  readonly #marker: Buffer;
  readonly #known: KnownLists;
  readonly #scan: Scan;

  constructor(name: ListName, size: 2 | 3, scan: Scan) {
    this.name = name;
    this.#marker = Buffer.from(`"${name}":[`);
    this.#known = new KnownLists(size);
    this.#scan = scan;
  }

  /** Where the next list's field begins, -1: nowhere. */
  next(bytes: Buffer, from: number): number {
    return bytes.indexOf(this.#marker, from);
  }

  read(bytes: Buffer, at: number): FoundList | undefined {
    const start = at + this.#marker.length;
    const known = this.#known.find(bytes, start);
    if (known !== undefined || bytes[at - 1] === backslash) return known;
    const scanned = this.#scan(bytes, start);
    return scanned && { ranges: this.#known.keep(bytes, start, scanned) ?? scanned.view(), end: scanned.end };
  }
}

export class RangeReader {
  readonly #fields = [new ListField("ranges", 3, scanRanges), new ListField("counts", 2, scanCounts)];

  /**
   * The parsed file, its lists as lists that many files share, with or without changes, or as views that
   * the next call overwrites, as it does the changes (see `keepRanges`). Throws as JSON.parse does.
   */
  parse(bytes: Buffer): unknown {
    const lists: (Int32Array | Recounted)[] = [];
    const parts: string[] = [];
    let done = 0;
    startScanning();
    startScanningCounts();
    forgetChanges();
    const places = this.#fields.map((field) => field.next(bytes, 0));
    for (let index = earliest(places); index >= 0; index = earliest(places)) {
      const field = this.#fields[index] as ListField;
      const at = places[index] as number;
      const found = field.read(bytes, at);
      if (found === undefined) return JSON.parse(bytes.toString("utf8"));
      parts.push(bytes.toString("utf8", done, at), `"${field.name}":"${secret}${lists.length}"`);
      lists.push(found.ranges);
      done = found.end;
      places[index] = field.next(bytes, done);
    }
    if (lists.length === 0) return JSON.parse(bytes.toString("utf8"));
    parts.push(bytes.toString("utf8", done));
    const file = JSON.parse(parts.join(""));
    return restore(file, lists) ? file : JSON.parse(bytes.toString("utf8"));
  }
}

/** The index of the first place; -1: there is none. */
function earliest(places: readonly number[]): number {
  let first = -1;
  for (const [index, place] of places.entries()) {
    if (place >= 0 && (first < 0 || place < (places[first] as number))) first = index;
  }
  return first;
}

/** Copies the views, for a file that has to wait. */
export function keepRanges(
  scripts: readonly ({ kind: string } & Partial<Record<ListName, unknown>>)[],
): void {
  for (const script of scripts) {
    for (const name of listNames) {
      const list = script[name];
      if (list instanceof Recounted) script[name] = list.list();
      else if (list instanceof Int32Array && !isShared(list)) script[name] = list.slice();
    }
  }
}

/** Puts the lists where they belong: into `scripts[i].ranges` or `.counts`, every one of them. */
function restore(file: unknown, lists: readonly (Int32Array | Recounted)[]): boolean {
  const scripts = (file as { scripts?: unknown } | null)?.scripts;
  if (!Array.isArray(scripts)) return false;
  let restored = 0;
  for (const script of scripts as (Partial<Record<ListName, unknown>> | null)[]) {
    for (const name of listNames) {
      const list = script?.[name];
      if (typeof list !== "string" || !list.startsWith(secret)) continue;
      (script as Record<ListName, unknown>)[name] = lists[Number(list.slice(secret.length))];
      restored++;
    }
  }
  return restored === lists.length;
}
