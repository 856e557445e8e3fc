/** Zips of functions: read whole, written again with the same order, times and modes. */
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import yauzl from "yauzl";
import yazl from "yazl";
import { probesFolder } from "../contract/probe-manifest.ts";

export interface ZipEntry {
  /** With `/`; a folder's ends in one. */
  path: string;
  bytes: Buffer;
  /** Type and permissions; 0 where the zip was not made on Unix. */
  mode: number;
  /** In zip's own local time, which every machine reads alike. */
  time: Date;
  isCompressed: boolean;
}

const linkType = 0o120000;
const typeMask = 0o170000;

/** Rejects what is no zip, or one with paths that lead out of it. */
export async function readZip(zip: Uint8Array): Promise<ZipEntry[]> {
  const file = await new Promise<yauzl.ZipFile>((resolve, reject) => {
    yauzl.fromBuffer(Buffer.from(zip), { lazyEntries: true }, (error, opened) =>
      error === null ? resolve(opened) : reject(error),
    );
  });
  const entries: ZipEntry[] = [];
  await new Promise<void>((resolve, reject) => {
    file.on("error", reject).on("end", resolve);
    file.on("entry", (entry: yauzl.Entry) => {
      readEntry(file, entry).then((read) => {
        entries.push(read);
        file.readEntry();
      }, reject);
    });
    file.readEntry();
  });
  return entries;
}

async function readEntry(file: yauzl.ZipFile, entry: yauzl.Entry): Promise<ZipEntry> {
  return {
    path: entry.fileName,
    bytes: entry.fileName.endsWith("/") ? Buffer.alloc(0) : await bytesOf(file, entry),
    mode: entry.externalFileAttributes >>> 16,
    time: entry.getLastModDate({ forceDosFormat: true }),
    isCompressed: entry.compressionMethod !== 0,
  };
}

function bytesOf(file: yauzl.ZipFile, entry: yauzl.Entry): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    file.openReadStream(entry, (error, stream) => {
      if (error === null) buffer(stream).then(resolve, reject);
      else reject(error);
    });
  });
}

export function writeZip(entries: readonly ZipEntry[]): Promise<Buffer> {
  const zip = new yazl.ZipFile();
  for (const { path, bytes, mode, time, isCompressed } of entries) {
    const options = { mtime: time, forceDosTimestamp: true };
    if (path.endsWith("/")) zip.addEmptyDirectory(path, { ...options, mode: mode || 0o40755 });
    else zip.addBuffer(bytes, path, { ...options, mode: mode || 0o100644, compress: isCompressed });
  }
  zip.end();
  return buffer(zip.outputStream);
}

/** The oldest time that a zip can hold, so that equal packages stay equal. */
const oldest = new Date(1980, 0, 1);

export function entryOf(path: string, bytes: Uint8Array): ZipEntry {
  return { path, bytes: Buffer.from(bytes), mode: 0o100644, time: oldest, isCompressed: true };
}

export function isOfProbes({ path }: ZipEntry): boolean {
  return path.startsWith(`${probesFolder}/`);
}

/** Links last, so that no entry is written through one. */
export function unpack(entries: readonly ZipEntry[], folder: string): void {
  const isLink = ({ mode }: ZipEntry) => (mode & typeMask) === linkType;
  for (const entry of entries.filter((each) => !isLink(each))) {
    const place = join(folder, entry.path);
    mkdirSync(entry.path.endsWith("/") ? place : dirname(place), { recursive: true });
    if (!entry.path.endsWith("/")) writeFileSync(place, entry.bytes);
  }
  for (const { path, bytes } of entries.filter(isLink)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    symlinkSync(bytes.toString("utf8"), join(folder, path));
  }
}
