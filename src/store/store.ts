/** Where coverage files, script files and reports lie: S3, or a directory of the same layout. */
export interface CoverageStore {
  /** `s3://bucket` or the directory's path, for messages. */
  readonly location: string;
  /** Keys below a prefix in lexicographic order, streamed page by page. */
  list(prefix: string): AsyncIterable<StoredObject>;
  /** The object's bytes as stored (still gzip'd), after the store's own retries. Rejects with a StoreError. */
  get(key: string): Promise<Uint8Array>;
  put(key: string, body: Uint8Array, options?: PutOptions): Promise<void>;
}

export interface StoredObject {
  key: string;
}

export interface PutOptions {
  contentType?: string;
  contentEncoding?: string;
}
