/**
 * Files that could not be stored in time, kept under /tmp for a later invocation or the sandbox's next
 * process. Bounded: the oldest goes first, and is counted. One file each: a JSON line, then the body.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CoverageUpload } from "./uploads.ts";

export type PendingFile = Pick<CoverageUpload, "key" | "body" | "environmentId" | "sequence" | "requestId">;

export interface PendingEntry {
  name: string;
  environmentId: string;
  sequence: number;
}

export interface FallbackStore {
  /** Oldest first. */
  list(): PendingEntry[];
  /** Undefined where it is gone or damaged; a damaged one is removed. */
  load(entry: PendingEntry): PendingFile | undefined;
  /** Which entries had to go for it; `saved` is false where even that did not help. */
  save(file: PendingFile, at: number): { saved: boolean; dropped: PendingEntry[] };
  remove(entry: PendingEntry): void;
}

const maxFiles = 32;
const maxBytes = 16 * 1024 * 1024;
const suffix = ".pending";

export function createFallbackStore(directory: string): FallbackStore {
  const list = (): PendingEntry[] => names(directory).map(parseName).filter(isEntry);
  const remove = (entry: PendingEntry): void => rmSync(join(directory, entry.name), { force: true });
  return {
    list,
    remove,
    load(entry) {
      try {
        return decode(readFileSync(join(directory, entry.name)));
      } catch {
        // Gone, or cut off by a full /tmp: nothing in it can be stored.
        remove(entry);
        return undefined;
      }
    },
    save(file, at) {
      const data = encode(file);
      if (data.byteLength > maxBytes) return { saved: false, dropped: [] };
      const dropped = makeRoom(directory, list(), data.byteLength, remove);
      try {
        writeAtomically(directory, formatName(file, at), data);
        return { saved: true, dropped };
      } catch {
        // No space, no permission: the caller counts the file as dropped and logs it.
        return { saved: false, dropped };
      }
    },
  };
}

function makeRoom(
  directory: string,
  entries: PendingEntry[],
  bytes: number,
  remove: (entry: PendingEntry) => void,
): PendingEntry[] {
  const sizes = entries.map(
    (entry) => statSync(join(directory, entry.name), { throwIfNoEntry: false })?.size ?? 0,
  );
  let total = sizes.reduce((sum, size) => sum + size, bytes);
  const dropped: PendingEntry[] = [];
  for (const [index, entry] of entries.entries()) {
    if (entries.length - index < maxFiles && total <= maxBytes) break;
    remove(entry);
    total -= sizes[index] as number;
    dropped.push(entry);
  }
  return dropped;
}

/** `{time}-{sequence}-{environment}.pending`: sorts by age. */
function formatName(file: PendingFile, at: number): string {
  return `${String(at).padStart(15, "0")}-${file.sequence}-${file.environmentId.replace(/[^\w-]/g, "_")}${suffix}`;
}

function parseName(name: string): PendingEntry | undefined {
  const match = /^\d{15}-(\d+)-([\w-]+)\.pending$/.exec(name);
  return match === null ? undefined : { name, sequence: Number(match[1]), environmentId: match[2] as string };
}

function isEntry(entry: PendingEntry | undefined): entry is PendingEntry {
  return entry !== undefined;
}

function names(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    // Not there until the first failure.
    return [];
  }
}

function encode({ body, ...head }: PendingFile): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify({ ...head, bytes: body.byteLength })}\n`), body]);
}

function decode(data: Buffer): PendingFile {
  const end = data.indexOf(10);
  const { bytes, ...head } = JSON.parse(data.toString("utf8", 0, end)) as PendingFile & { bytes: number };
  const body = data.subarray(end + 1);
  if (body.byteLength !== bytes) throw new Error("cut off");
  return { ...head, body };
}

export function writeAtomically(directory: string, name: string, data: string | Uint8Array): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const temporary = join(directory, `.${name}.${process.pid}`);
  try {
    writeFileSync(temporary, data, { mode: 0o600 });
    renameSync(temporary, join(directory, name));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
