/** One object of the store as JSON: size limit, gzip's own checksum. */
import type { CoverageStore } from "../../store/store.ts";
import { unpackAlone } from "./unpack.ts";
import { UnusableFile } from "./validate.ts";

/** Errors of the whole store: they end the run. */
const storeWideCodes = new Set([
  "NoSuchBucket",
  "ExpiredCredentials",
  "NoCredentials",
  "BadCredentials",
  "ClockSkew",
  "InvalidLocation",
  "WrongRegion",
  // After the store's own tries: the next file would fare no better, and a report without them would be a lie.
  "Unreachable",
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
  return parseUnpacked(unpackAlone(bytes, maxBytes), parse);
}

/** Throws `UnusableFile` for what is no JSON. Whatever else is thrown is a bug of ours, and no fault of the file. */
export function parseUnpacked(unpacked: Buffer, parse: (unpacked: Buffer) => unknown): unknown {
  try {
    return parse(unpacked);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UnusableFile("not-json", error.message.slice(0, 200));
  }
}
