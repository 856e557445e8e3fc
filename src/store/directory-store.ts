/** A folder with the bucket's layout, e.g. what `aws s3 sync` made. */
import { randomUUID } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { CoverageStore, StoredObject } from "./store.ts";
import { StoreError } from "./store-error.ts";

interface Entry {
  /** A folder's ends with a slash. */
  key: string;
  isFolder: boolean;
}

function mayHold({ key, isFolder }: Entry, prefix: string): boolean {
  return key.startsWith(prefix) || (isFolder && prefix.startsWith(key));
}

/** As good as all keys: none of its parts begins with a dot. */
const plainKey = /^[\w-][\w.-]*(?:\/[\w-][\w.-]*)*$/;

/** The order of UTF-8 bytes is that of code points; a string's own differs where there are surrogates. */
function compareUtf8(a: string, b: string): number {
  if (surrogate.test(a) || surrogate.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

const surrogate = /[\ud800-\udfff]/;

export class DirectoryStore implements CoverageStore {
  readonly location: string;
  readonly #root: string;

  constructor(root: string) {
    this.#root = path.resolve(root);
    this.location = this.#root;
  }

  async *list(prefix: string): AsyncGenerator<StoredObject> {
    const folder = prefix.slice(0, prefix.lastIndexOf("/") + 1);
    // What is still to be listed, the next one last: generators within generators would cost more than reading.
    const waiting: Entry[] = [{ key: folder, isFolder: true }];
    for (let entry = waiting.pop(); entry !== undefined; entry = waiting.pop()) {
      if (entry.isFolder) {
        const entries = await this.#entries(entry.key);
        for (const inside of entries.reverse()) if (mayHold(inside, prefix)) waiting.push(inside);
      } else {
        const object = this.#describe(entry.key);
        if (object !== undefined) yield object;
      }
    }
  }

  /** Undefined where the file has gone since its folder was read. */
  #describe(key: string): StoredObject | undefined {
    try {
      const { size, mtime } = statSync(this.#file(key));
      return { key, size, lastModified: mtime };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw this.#failed(error, key);
    }
  }

  /** A folder's keys in S3's order: that of UTF-8 bytes, folders with their slash. Links are not followed. */
  async #entries(folder: string): Promise<Entry[]> {
    const entries = await readdir(this.#file(folder), { withFileTypes: true }).catch((error) => {
      if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
      throw this.#failed(error, folder);
    });
    return entries
      .filter((entry) => entry.isDirectory() || entry.isFile())
      .map((entry) => ({
        key: `${folder}${entry.name}${entry.isDirectory() ? "/" : ""}`,
        isFolder: entry.isDirectory(),
      }))
      .sort((a, b) => compareUtf8(a.key, b.key));
  }

  async get(key: string): Promise<Uint8Array> {
    try {
      // A small local file is read in a tenth of the time that four trips to the thread pool take.
      return readFileSync(this.#file(key));
    } catch (error) {
      throw this.#failed(error, key);
    }
  }

  async put(key: string, body: Uint8Array): Promise<void> {
    const file = this.#file(key);
    const temporary = `${file}.${randomUUID()}.tmp`;
    try {
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(temporary, body);
      await rename(temporary, file);
    } catch (error) {
      await rm(temporary, { force: true });
      throw this.#failed(error, key);
    }
  }

  /** Keys come from files that anybody may have written: they never lead out of the folder. */
  #file(key: string): string {
    if (plainKey.test(key) && path.sep === "/") return `${this.#root}/${key}`;
    const file = path.resolve(this.#root, key);
    const inside = file === this.#root || file.startsWith(path.join(this.#root, path.sep));
    if (!inside || key.split(/[/\\]/).includes("..") || key.includes("\0")) {
      throw new StoreError("InvalidKey", `the key ${JSON.stringify(key)} leads out of ${this.location}`, {
        location: this.location,
        key,
        remedy: "Look at who wrote the file that names this key.",
      });
    }
    return file;
  }

  #failed(error: unknown, key: string): StoreError {
    if (error instanceof StoreError) return error;
    const { code, message } = error as NodeJS.ErrnoException;
    const options = { location: this.location, key, cause: error };
    if (code === "ENOENT" || code === "EISDIR" || code === "ENOTDIR") {
      return new StoreError("NoSuchKey", `${this.location} has no ${key}`, {
        ...options,
        remedy: "Check the name; was the whole bucket copied?",
      });
    }
    if (code === "EACCES" || code === "EPERM") {
      return new StoreError("AccessDenied", `no permission for ${path.join(this.location, key)}`, {
        ...options,
        remedy: "Give your user access to the file.",
      });
    }
    return new StoreError("StoreFailed", message, { ...options, remedy: "Check the disk and the path." });
  }
}
