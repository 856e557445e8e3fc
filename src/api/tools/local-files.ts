/** Coverage files named by their paths, with the scripts and inits that lie in the same copies of buckets. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { parseInitKey, parseScriptKey } from "../../contract/object-keys.ts";
import { parseLocation } from "../../store/location.ts";
import type { CoverageStore } from "../../store/store.ts";
import { StoreError } from "../../store/store-error.ts";

export interface LocalFiles {
  store: CoverageStore;
  keys: string[];
  /** Folder of the first file that plays the bucket. */
  root: string;
}

/** Throws a StoreError `InvalidLocation` where a path names no file. */
export function openLocalFiles(paths: readonly string[]): LocalFiles {
  const files = paths.map((name) => path.resolve(name));
  const roots = [...new Set(files.map(rootOf))];
  return {
    keys: files,
    root: roots[0] ?? process.cwd(),
    store: {
      location: roots.join(", "),
      get: (key) => (isShared(key) ? readShared(roots, key) : readFile(key)),
      async *list() {},
      put: async () => undefined,
    },
  };
}

function rootOf(file: string): string {
  const location = parseLocation(file);
  return location.kind === "directory" ? location.root : path.dirname(file);
}

/** What coverage files name by its key; they themselves are named by their paths. */
function isShared(key: string): boolean {
  return (parseScriptKey(key) ?? parseInitKey(key)) !== undefined;
}

async function readShared(roots: readonly string[], key: string): Promise<Uint8Array> {
  for (const root of roots) {
    try {
      return await readFile(path.join(root, key));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  throw new StoreError("NoSuchKey", `${key} lies in none of ${roots.join(", ")}`, {
    location: roots.join(", "),
    key,
    remedy: "Copy coverage-scripts/ and coverage-inits/ of the bucket beside the coverage files.",
  });
}
