import { buffer } from "node:stream/consumers";
import yauzl from "yauzl";

export interface ArchiveEntry {
  path: string;
  bytes: number;
  /** Unix permission bits; 0 where the zip has none. */
  mode: number;
  read(): Promise<Buffer>;
}

/** The files of a zip. `read` is possible while this runs only, so the caller's work happens in `visit`. */
export function visitEntries<T>(zip: Uint8Array, visit: (entries: ArchiveEntry[]) => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    yauzl.fromBuffer(Buffer.from(zip), { lazyEntries: true }, (error, file) => {
      if (error !== null) return reject(error);
      const entries: ArchiveEntry[] = [];
      file.on("error", reject);
      file.on("entry", (entry: yauzl.Entry) => {
        if (!entry.fileName.endsWith("/")) entries.push(archiveEntry(file, entry));
        file.readEntry();
      });
      file.on("end", () => visit(entries).then(resolve, reject));
      file.readEntry();
    });
  });
}

function archiveEntry(file: yauzl.ZipFile, entry: yauzl.Entry): ArchiveEntry {
  return {
    path: entry.fileName,
    bytes: entry.uncompressedSize,
    mode: (entry.externalFileAttributes >>> 16) & 0o777,
    read: () =>
      new Promise((resolve, reject) => {
        file.openReadStream(entry, (error, stream) => {
          if (error !== null) reject(error);
          else buffer(stream).then(resolve, reject);
        });
      }),
  };
}
