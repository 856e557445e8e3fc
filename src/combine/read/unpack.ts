/**
 * Unpacks many small gzip'd files by few calls: gzip members may follow each other, so a batch is one call on a
 * thread of the pool, while this thread folds the batch before. Whatever is unusual is unpacked alone.
 */
import { constants } from "node:buffer";
import { promisify } from "node:util";
import { gunzip, gunzipSync } from "node:zlib";
import { UnusableFile } from "./validate.ts";

const gunzipAside = promisify(gunzip);
const mostBatchFiles = 32;
const mostBatchBytes = 4 * 1024 * 1024;
const mostChunk = 1024 * 1024;

interface Waiting {
  bytes: Uint8Array;
  /** As gzip's trailer says; it may lie. */
  size: number;
  resolve: (unpacked: Buffer) => void;
  reject: (error: unknown) => void;
}

export class Unpacker {
  readonly #maxBytes: number;
  #waiting: Waiting[] = [];
  #isScheduled = false;

  /** `maxBytes`: of one file, packed or unpacked. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Also takes JSON that a download unpacked already. Rejects with `UnusableFile`. */
  unpack(bytes: Uint8Array): Promise<Buffer> {
    if (!isGzip(bytes) || bytes.length > this.#maxBytes) {
      return new Promise((resolve) => resolve(unpackAlone(bytes, this.#maxBytes)));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ bytes, size: claimedSize(bytes), resolve, reject });
      if (this.#waiting.length >= mostBatchFiles) this.#flush();
      else if (!this.#isScheduled) {
        this.#isScheduled = true;
        setImmediate(() => {
          this.#isScheduled = false;
          this.#flush();
        });
      }
    });
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    const total = waiting.reduce((sum, { size }) => sum + size, 0);
    if (waiting.length < 2 || total > mostBatchBytes) for (const one of waiting) this.#alone(one);
    else void this.#together(waiting, total);
  }

  async #together(waiting: readonly Waiting[], total: number): Promise<void> {
    let unpacked: Buffer | undefined;
    try {
      const packed = Buffer.concat(waiting.map(({ bytes }) => bytes));
      unpacked = await gunzipAside(packed, { chunkSize: total + 64, maxOutputLength: total + 64 });
    } catch {
      // One of them is broken: each alone tells which.
    }
    if (unpacked?.length !== total) {
      for (const one of waiting) this.#alone(one);
      return;
    }
    let at = 0;
    for (const { size, resolve } of waiting) {
      resolve(unpacked.subarray(at, at + size));
      at += size;
    }
  }

  #alone({ bytes, resolve, reject }: Waiting): void {
    try {
      resolve(unpackAlone(bytes, this.#maxBytes));
    } catch (error) {
      reject(error);
    }
  }
}

/**
 * Gzip makes a thousand bytes of one, code and counters are packed to a tenth at best. What costs its writer little
 * must not cost its reader much.
 */
const freeBytes = 4 * 1024 * 1024;
const mostUnpackedPerByte = 30;

/** Throws `UnusableFile`. No limit lets through what does not fit into a string of V8's. */
export function unpackAlone(bytes: Uint8Array, limit: number): Buffer {
  const maxBytes = Math.min(
    limit,
    constants.MAX_STRING_LENGTH,
    freeBytes + mostUnpackedPerByte * bytes.length,
  );
  if (bytes.length > maxBytes) throw tooLarge(bytes, maxBytes);
  if (!isGzip(bytes)) {
    if (bytes[0] === 0x7b) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    throw new UnusableFile("corrupt", bytes.length === 0 ? "the file is empty" : "not gzip");
  }
  try {
    const chunkSize = Math.min(mostChunk, Math.max(64, claimedSize(bytes) + 1));
    return gunzipSync(bytes, { maxOutputLength: maxBytes, chunkSize });
  } catch (error) {
    if ((error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(bytes, maxBytes);
    throw new UnusableFile("corrupt", (error as Error).message);
  }
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** The unpacked size modulo 2^32 in gzip's trailer. */
function claimedSize(bytes: Uint8Array): number {
  if (bytes.length < 18) return 0;
  return new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4, 4).getUint32(0, true);
}

function tooLarge(bytes: Uint8Array, maxBytes: number): UnusableFile {
  const megabytes = (count: number) => `${(count / 1024 / 1024).toFixed(1)} MB`;
  return new UnusableFile(
    "too-large",
    `more than ${megabytes(maxBytes)} unpacked, of ${megabytes(bytes.length)} packed`,
  );
}
