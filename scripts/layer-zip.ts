/** Layer zips: written the same bytes for the same content, and read back for their checks. */
import yauzl from "yauzl";
import yazl from "yazl";

export interface ZipEntry {
  path: string;
  bytes: Buffer;
  executable: boolean;
}

/** Names sorted, one date, no owner: equal content makes equal bytes. */
export function writeZip(entries: readonly ZipEntry[]): Promise<Buffer> {
  const archive = new yazl.ZipFile();
  // The oldest date that zip's own format holds, in its local-time fields; no UTC extra field beside it.
  const mtime = new Date(1980, 0, 1);
  for (const { path, bytes, executable } of [...entries].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const mode = executable ? 0o100755 : 0o100644;
    archive.addBuffer(bytes, path, { mtime, mode, forceDosTimestamp: true });
  }
  archive.end();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    archive.outputStream.on("data", (chunk: Buffer) => chunks.push(chunk));
    archive.outputStream.on("end", () => resolve(Buffer.concat(chunks)));
    archive.outputStream.on("error", reject);
  });
}

export interface UnpackedFile {
  bytes: Buffer;
  mode: number;
}

/** Files by name; folders' own entries are left out. */
export function readZip(path: string): Promise<Map<string, UnpackedFile>> {
  const files = new Map<string, UnpackedFile>();
  return new Promise((resolve, reject) => {
    yauzl.open(path, { lazyEntries: true }, (error, zip) => {
      if (error) return reject(error);
      zip.on("error", reject);
      zip.on("end", () => resolve(files));
      zip.on("entry", (entry: yauzl.Entry) => {
        if (entry.fileName.endsWith("/")) return zip.readEntry();
        zip.openReadStream(entry, (failure, stream) => {
          if (failure) return reject(failure);
          const chunks: Buffer[] = [];
          stream.on("data", (chunk: Buffer) => chunks.push(chunk));
          stream.on("end", () => {
            const mode = (entry.externalFileAttributes >>> 16) & 0o777;
            files.set(entry.fileName, { bytes: Buffer.concat(chunks), mode });
            zip.readEntry();
          });
        });
      });
      zip.readEntry();
    });
  });
}
