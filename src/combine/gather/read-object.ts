/** One object of the store as JSON: size limit, gzip's own checksum. */
import { gunzipSync } from "node:zlib";
import type { CoverageStore } from "../../store/store.ts";
import { UnusableFile } from "../fold/validate.ts";

/** Errors of the whole store: they end the run. */
const storeWideCodes = new Set([
  "NoSuchBucket",
  "ExpiredCredentials",
  "NoCredentials",
  "BadCredentials",
  "ClockSkew",
  "InvalidLocation",
]);

/**
 * The object's bytes as stored; it is the store that tries again. Throws `UnusableFile` where this object cannot
 * be had, or the store's error where the whole store fails.
 */
export async function readBytes(
  store: CoverageStore,
  key: string,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  signal?.throwIfAborted();
  try {
    return await store.get(key);
  } catch (error) {
    if (storeWideCodes.has((error as { code?: string }).code ?? "")) throw error;
    throw new UnusableFile("unreadable", (error as Error).message);
  }
}

/** Unpacks and parses. Also takes JSON that a download unpacked already. Throws `UnusableFile`. */
export function parseBytes(
  bytes: Uint8Array,
  maxBytes: number,
  parse: (unpacked: Buffer) => unknown = (unpacked) => JSON.parse(unpacked.toString("utf8")),
): unknown {
  const unpacked = unpack(bytes, maxBytes);
  try {
    return parse(unpacked);
  } catch (error) {
    throw new UnusableFile("not-json", (error as Error).message.slice(0, 200));
  }
}

function unpack(bytes: Uint8Array, maxBytes: number): Buffer {
  if (bytes.length > maxBytes) throw tooLarge(maxBytes);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) {
    if (bytes[0] === 0x7b) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    throw new UnusableFile("corrupt", bytes.length === 0 ? "the file is empty" : "not gzip");
  }
  try {
    return gunzipSync(bytes, { maxOutputLength: maxBytes, chunkSize: unpackedSize(bytes) });
  } catch (error) {
    if ((error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(maxBytes);
    throw new UnusableFile("corrupt", (error as Error).message);
  }
}

const mostChunk = 1024 * 1024;

/** What gzip's trailer says, so that the output is allocated once; it may lie, the limit holds anyway. */
function unpackedSize(bytes: Uint8Array): number {
  if (bytes.length < 18) return 64;
  const trailer = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4, 4);
  return Math.min(mostChunk, Math.max(64, trailer.getUint32(0, true) + 1));
}

function tooLarge(maxBytes: number): UnusableFile {
  return new UnusableFile("too-large", `more than ${Math.round(maxBytes / 1024 / 1024)} MB unpacked`);
}
