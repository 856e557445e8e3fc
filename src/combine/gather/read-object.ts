/** One object of the store as JSON: 3 tries, size limit, gzip's own checksum. */
import { setTimeout as wait } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import type { CoverageStore } from "../../store/store.ts";
import { UnusableFile } from "../fold/validate.ts";

const tries = 3;
const firstPauseMs = 100;

/** Errors that another try will not mend; those of the whole store end the run. */
const finalCodes = new Set(["NoSuchKey", "AccessDenied", "InvalidKey"]);
const storeWideCodes = new Set([
  "NoSuchBucket",
  "ExpiredCredentials",
  "NoCredentials",
  "BadCredentials",
  "ClockSkew",
  "InvalidLocation",
]);

/** The object's bytes as stored. Throws `UnusableFile`, or the store's error where the whole store fails. */
export async function readBytes(
  store: CoverageStore,
  key: string,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    try {
      return await store.get(key);
    } catch (error) {
      const code = (error as { code?: string }).code ?? "";
      if (storeWideCodes.has(code)) throw error;
      if (attempt === tries || finalCodes.has(code)) {
        throw new UnusableFile("unreadable", `${(error as Error).message} (${attempt} of ${tries} tries)`);
      }
    }
    await wait(firstPauseMs * 2 ** (attempt - 1) * (0.5 + Math.random()), undefined, { signal });
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
