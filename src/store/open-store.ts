/** Opens a store by what a user types. */
import path from "node:path";
import { fileURLToPath } from "node:url";
import { DirectoryStore } from "./directory-store.ts";
import { parseLocation } from "./location.ts";
import type { S3StoreOptions } from "./s3-store.ts";
import type { CoverageStore } from "./store.ts";

export interface OpenedStore {
  store: CoverageStore;
  /** Prefix (or whole key) that the location named inside the store. */
  prefix: string;
}

/**
 * `s3://bucket/prefix`, a folder, or one coverage file. The AWS SDK is loaded only for s3://.
 * Rejects with a StoreError `InvalidLocation`; nothing is read from the store yet.
 */
export async function openStore(location: string, options: S3StoreOptions = {}): Promise<OpenedStore> {
  const parsed = parseLocation(location);
  if (parsed.kind === "directory") {
    return { store: new DirectoryStore(parsed.root), prefix: parsed.prefix };
  }
  const { openS3Store } = await import("./s3-store.ts");
  return { store: await openS3Store(parsed.bucket, options), prefix: parsed.prefix };
}

/** The store and key of one object: `s3://bucket/key` or a file. Rejects as `openStore` does. */
export async function openObject(
  location: string,
  options: S3StoreOptions = {},
): Promise<{ store: CoverageStore; key: string }> {
  if (location.startsWith("s3://")) {
    const { store, prefix } = await openStore(location.replace(/\/+$/, ""), options);
    return { store, key: prefix.replace(/\/$/, "") };
  }
  const file = path.resolve(location.startsWith("file://") ? fileURLToPath(location) : location);
  return { store: new DirectoryStore(path.dirname(file)), key: path.basename(file) };
}
