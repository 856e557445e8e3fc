/** The buckets' contents: in memory, and as plain files where a directory is given. */
import { createHash, randomUUID } from "node:crypto";
import { ObjectFiles } from "./object-files.ts";

export interface StoredObject {
  key: string;
  body: Buffer;
  /** With quotes, as in the header. */
  etag: string;
  /** Wall clock, ms. */
  lastModified: number;
  /** Content-Type, Content-Encoding, x-amz-meta-*, …: returned as they came. */
  headers: Record<string, string>;
  checksums: Record<string, string>;
}

export interface MultipartUpload {
  bucket: string;
  key: string;
  headers: Record<string, string>;
  parts: Map<number, { body: Buffer; etag: string; checksums: Record<string, string> }>;
}

export class Bucket {
  readonly createdAt = Date.now();
  readonly #objects = new Map<string, StoredObject>();
  #sorted: string[] | undefined;

  get(key: string): StoredObject | undefined {
    return this.#objects.get(key);
  }

  put(object: StoredObject): void {
    if (!this.#objects.has(object.key)) this.#sorted = undefined;
    this.#objects.set(object.key, object);
  }

  delete(key: string): void {
    if (this.#objects.delete(key)) this.#sorted = undefined;
  }

  get size(): number {
    return this.#objects.size;
  }

  /** All keys in the order of their UTF-8 bytes, as S3 lists them. */
  keys(): readonly string[] {
    this.#sorted ??= [...this.#objects.keys()].sort(compareUtf8);
    return this.#sorted;
  }
}

export class ObjectStore {
  readonly buckets = new Map<string, Bucket>();
  readonly uploads = new Map<string, MultipartUpload>();
  readonly #files: ObjectFiles | undefined;

  constructor(directory?: string) {
    if (directory === undefined) return;
    this.#files = new ObjectFiles(directory);
    for (const { bucket, object } of this.#files.load()) this.createBucket(bucket).put(object);
  }

  createBucket(name: string): Bucket {
    const bucket = this.buckets.get(name) ?? new Bucket();
    this.buckets.set(name, bucket);
    this.#files?.createBucket(name);
    return bucket;
  }

  deleteBucket(name: string): void {
    this.buckets.delete(name);
    this.#files?.deleteBucket(name);
  }

  put(bucketName: string, object: Omit<StoredObject, "etag"> & { etag?: string }): StoredObject {
    const stored = { ...object, etag: object.etag ?? md5Etag(object.body) };
    this.#files?.put(bucketName, stored);
    this.createBucket(bucketName).put(stored);
    return stored;
  }

  delete(bucketName: string, key: string): void {
    this.buckets.get(bucketName)?.delete(key);
    this.#files?.delete(bucketName, key);
  }

  startUpload(upload: Omit<MultipartUpload, "parts">): string {
    const id = randomUUID().replaceAll("-", "");
    this.uploads.set(id, { ...upload, parts: new Map() });
    return id;
  }
}

export function md5Etag(body: Uint8Array): string {
  return `"${createHash("md5").update(body).digest("hex")}"`;
}

/** UTF-16 order but for surrogates, which come after U+FFFF in UTF-8. */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const xSurrogate = x >= 0xd800 && x <= 0xdfff;
    const ySurrogate = y >= 0xd800 && y <= 0xdfff;
    return xSurrogate === ySurrogate ? x - y : xSurrogate ? 1 : -1;
  }
  return a.length - b.length;
}
