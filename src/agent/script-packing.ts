/**
 * The script file as gzip'd JSON, made piece by piece: a big bundle and its map, as text, as JSON and as bytes
 * at the same time, would take more memory than all the rest of the agent. No thread-pool work.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { constants, crc32, deflateRawSync } from "node:zlib";
import { scriptFormat } from "../contract/script-file.ts";

export interface ScriptParts {
  sha256: string;
  /** Deployed path. */
  path: string;
  /** UTF-8. */
  source: Uint8Array;
  /** The file of the source map beside the script. */
  mapFile?: string | undefined;
}

export interface PackedScript {
  /** One gzip member. */
  body: Buffer;
  /** Bytes of the JSON. */
  length: number;
}

/** Text is escaped in pieces small enough for the young generation. */
const textBytes = 16 * 1024;
/** Each is deflated on its own; smaller ones would compress worse. Holds any piece of text, escaped. */
const blockBytes = 256 * 1024;

/** Throws where reading the map fails half-way: half a map is worse than none. */
export function packScript({ sha256, path, source, mapFile }: ScriptParts): PackedScript {
  const gzip = createGzip();
  const head = JSON.stringify({ format: scriptFormat, kind: "v8", sha256, path });
  gzip.write(Buffer.from(`${head.slice(0, -1)},"source":"`).toString("latin1"));
  for (let at = 0; at < source.length; at += textBytes) {
    gzip.write(escaped(source.subarray(at, at + textBytes)));
  }
  gzip.write('"');
  const map = mapFile === undefined ? undefined : openFile(mapFile);
  if (map !== undefined) {
    gzip.write(',"sourceMap":"');
    forEachPiece(map, (piece) => gzip.write(escaped(piece)));
    gzip.write('"');
  }
  gzip.write("}");
  return gzip.end();
}

/** What JSON escapes is ASCII, so the bytes of UTF-8 may pass as characters. */
function escaped(utf8: Uint8Array): string {
  const text = Buffer.from(utf8.buffer, utf8.byteOffset, utf8.length).toString("latin1");
  return JSON.stringify(text).slice(1, -1);
}

/** Undefined where there is no such file: a bundle may be deployed without its map. */
function openFile(path: string): number | undefined {
  try {
    const descriptor = openSync(path, "r");
    if (fstatSync(descriptor).isFile()) return descriptor;
    closeSync(descriptor);
  } catch {
    // It is not there, or not for us to read.
  }
  return undefined;
}

function forEachPiece(descriptor: number, use: (piece: Uint8Array) => void): void {
  try {
    const piece = Buffer.allocUnsafe(textBytes);
    for (let size = readSync(descriptor, piece); size > 0; size = readSync(descriptor, piece)) {
      use(piece.subarray(0, size));
    }
  } finally {
    closeSync(descriptor);
  }
}

const gzipHeader = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
const lastBlock = Buffer.from([3, 0]);

/** Deflate blocks that end on a byte may simply follow one another. */
function createGzip() {
  const block = Buffer.allocUnsafe(blockBytes);
  const parts: Buffer[] = [gzipHeader];
  let filled = 0;
  let length = 0;
  let checksum = 0;
  const deflate = (): void => {
    const json = block.subarray(0, filled);
    checksum = crc32(json, checksum);
    length += filled;
    parts.push(deflateRawSync(json, { finishFlush: constants.Z_FULL_FLUSH, chunkSize: 64 * 1024 }));
    filled = 0;
  };
  return {
    /** Bytes as characters. */
    write(latin1: string): void {
      if (filled + latin1.length > blockBytes) deflate();
      filled += block.write(latin1, filled, "latin1");
    },
    end(): PackedScript {
      deflate();
      const trailer = Buffer.alloc(8);
      trailer.writeUInt32LE(checksum, 0);
      trailer.writeUInt32LE(length % 2 ** 32, 4);
      return { body: Buffer.concat([...parts, lastBlock, trailer]), length };
    },
  };
}
