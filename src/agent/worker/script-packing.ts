/**
 * The script file as gzip'd JSON, made piece by piece: a big bundle and its map, as text, as JSON and as bytes
 * at the same time, would take more memory than all the rest of the agent. No thread-pool work.
 */
import { createHash } from "node:crypto";
import { constants, crc32, deflateRawSync } from "node:zlib";
import { scriptFormat } from "../../contract/script-file.ts";

export interface ScriptParts {
  sha256: string;
  /** Deployed path. */
  path: string;
  /** UTF-8. */
  source: Iterable<Buffer>;
  /** Text of the source map beside the script, UTF-8, by the source's last lines. */
  sourceMap(tail: string): Iterable<Buffer> | undefined;
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

/** Only there can the comment stand that names the map; a bundle is megabytes. */
const tailBytes = 4096;

/** Undefined: the source is no longer the one of that hash, or gone. */
export function packScript(parts: ScriptParts): PackedScript | undefined {
  try {
    return pack(parts);
  } catch {
    return undefined;
  }
}

function pack({ sha256, path, source, sourceMap }: ScriptParts): PackedScript | undefined {
  const gzip = createGzip();
  const hash = createHash("sha256");
  const writeText = (utf8: Buffer): void => {
    for (let at = 0; at < utf8.length; at += textBytes) {
      // What JSON escapes is ASCII, so the bytes of UTF-8 may pass as characters.
      gzip.write(JSON.stringify(utf8.toString("latin1", at, at + textBytes)).slice(1, -1));
    }
  };
  const head = JSON.stringify({ format: scriptFormat, kind: "v8", sha256, path });
  gzip.write(Buffer.from(`${head.slice(0, -1)},"source":"`).toString("latin1"));
  let tail = "";
  for (const piece of source) {
    hash.update(piece);
    writeText(piece);
    tail = (tail + piece.toString("latin1", Math.max(0, piece.length - tailBytes))).slice(-tailBytes);
  }
  if (hash.digest("hex") !== sha256) return undefined;
  const map = sourceMap(Buffer.from(tail, "latin1").toString());
  if (map !== undefined) {
    gzip.write('","sourceMap":"');
    for (const piece of map) writeText(piece);
  }
  gzip.write('"}');
  return gzip.end();
}

const header = Buffer.from("1f8b0800000000000003", "hex");
const lastBlock = Buffer.from("0300", "hex");

/** Deflate blocks that end on a byte may simply follow one another. */
function createGzip() {
  const block = Buffer.allocUnsafe(blockBytes);
  const parts: Buffer[] = [header];
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
      // Little-endian, as all of Node.js's platforms on Lambda are; the length modulo 2^32.
      const trailer = Buffer.from(Uint32Array.of(checksum, length).buffer);
      return { body: Buffer.concat([...parts, lastBlock, trailer]), length };
    },
  };
}
