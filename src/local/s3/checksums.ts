import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";

/** The checksums that S3 knows, by the end of their header: `x-amz-checksum-<name>`. Values are base64. */
export const checksumAlgorithms = {
  crc32: (body: Uint8Array) => uint32(crc32(body)),
  crc32c: (body: Uint8Array) => uint32(crc32c(body)),
  crc64nvme: (body: Uint8Array) => crc64nvme(body),
  sha1: (body: Uint8Array) => createHash("sha1").update(body).digest(),
  sha256: (body: Uint8Array) => createHash("sha256").update(body).digest(),
} satisfies Record<string, (body: Uint8Array) => Buffer>;

export type ChecksumAlgorithm = keyof typeof checksumAlgorithms;
export const checksumNames = Object.keys(checksumAlgorithms) as ChecksumAlgorithm[];
export const checksumHeader = (name: ChecksumAlgorithm) => `x-amz-checksum-${name}`;

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

const castagnoliTable = makeTable32(0x82f63b78);

function makeTable32(polynomial: number): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, n) => {
    let value = n;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
    return value >>> 0;
  });
}

function crc32c(body: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of body) crc = (castagnoliTable[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** Reflected polynomial of CRC-64/NVME. */
const nvmePolynomial = 0x9a6c9329ac4bc9b5n;

const nvmeTable = BigUint64Array.from({ length: 256 }, (_, n) => {
  let value = BigInt(n);
  for (let bit = 0; bit < 8; bit++) value = value & 1n ? (value >> 1n) ^ nvmePolynomial : value >> 1n;
  return value;
});

function crc64nvme(body: Uint8Array): Buffer {
  let crc = 0xffffffffffffffffn;
  for (const byte of body) crc = (nvmeTable[Number((crc ^ BigInt(byte)) & 0xffn)] as bigint) ^ (crc >> 8n);
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(crc ^ 0xffffffffffffffffn);
  return bytes;
}
