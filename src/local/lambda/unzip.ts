import { createWriteStream, mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import yauzl from "yauzl";

const symlinkType = 0o120000;
const typeMask = 0o170000;

/** Unpacks a zip with its run bits and symbolic links, as Lambda does with code and layers. */
export async function unzip(zip: string, folder: string): Promise<void> {
  const file = (await promisify<string, yauzl.Options, yauzl.ZipFile>(yauzl.open)(zip, {
    lazyEntries: true,
  })) as yauzl.ZipFile;
  const openStream = promisify(file.openReadStream.bind(file)) as (
    entry: yauzl.Entry,
  ) => Promise<NodeJS.ReadableStream>;
  await new Promise<void>((resolve, reject) => {
    file.on("error", reject).on("end", resolve);
    file.on("entry", (entry: yauzl.Entry) => {
      unpack(entry, folder, openStream).then(() => file.readEntry(), reject);
    });
    file.readEntry();
  });
}

async function unpack(
  entry: yauzl.Entry,
  folder: string,
  openStream: (entry: yauzl.Entry) => Promise<NodeJS.ReadableStream>,
): Promise<void> {
  const path = join(folder, entry.fileName);
  if (entry.fileName.endsWith("/")) {
    mkdirSync(path, { recursive: true });
    return;
  }
  mkdirSync(dirname(path), { recursive: true });
  const mode = entry.externalFileAttributes >>> 16;
  const stream = await openStream(entry);
  if ((mode & typeMask) === symlinkType) symlinkSync(await text(stream), path);
  else await pipeline(stream, createWriteStream(path, { mode: mode === 0 ? 0o644 : mode & 0o777 }));
}
