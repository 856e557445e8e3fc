/** Opens a store by what a user types. */
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
