/** A bucket in memory. */
import type { CoverageStore, StoredObject } from "../../src/store/store.ts";

export class MemoryStore implements CoverageStore {
  readonly location = "memory";
  readonly objects: Map<string, Uint8Array>;

  constructor(objects: Iterable<readonly [string, Uint8Array]> = []) {
    this.objects = new Map(objects);
  }

  async *list(prefix: string): AsyncGenerator<StoredObject> {
    for (const key of [...this.objects.keys()].sort()) {
      if (key.startsWith(prefix)) yield { key };
    }
  }

  async get(key: string): Promise<Uint8Array> {
    const body = this.objects.get(key);
    if (body === undefined) throw Object.assign(new Error(`memory has no ${key}`), { code: "NoSuchKey" });
    return body;
  }

  async put(key: string, body: Uint8Array): Promise<void> {
    this.objects.set(key, body);
  }
}
