/** Copies coverage files and the scripts they name into a folder of the bucket's layout. */
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { coverageSuffix, parseScriptKey } from "../../contract/object-keys.ts";
import { openS3Store } from "../../store/s3-store.ts";
import type { CoverageStore } from "../../store/store.ts";

const downloadsAtOnce = 24;
const maxFileBytes = 64 * 1024 * 1024;

/** Resolves to the coverage files' paths. The folder works wherever a bucket does: `lambda-coverage report <folder>`. */
export async function downloadFiles(bucketName: string, prefix: string): Promise<string[]> {
  const store = await openS3Store(bucketName);
  const folder = await mkdtemp(path.join(tmpdir(), "coverage-"));
  const files: string[] = [];
  const scripts = new Set<string>();
  await inParallel(coverageKeys(store, prefix), async (key) => {
    const body = await store.get(key);
    for (const script of scriptKeys(body)) scripts.add(script);
    files.push(await saveBelow(folder, key, body));
  });
  await inParallel(scripts.values(), async (key) => {
    const body = await store.get(key).catch((error: Error & { code?: string }) => {
      // Without its script a file still counts: combining says which one is missing.
      if (error.code === "NoSuchKey" || error.code === "AccessDenied") return undefined;
      throw error;
    });
    if (body !== undefined) await saveBelow(folder, key, body);
  });
  return files.sort();
}

async function* coverageKeys(store: CoverageStore, prefix: string): AsyncGenerator<string> {
  for await (const { key } of store.list(prefix)) if (key.endsWith(coverageSuffix)) yield key;
}

/** Of a file that cannot be read: none. Combining says what is wrong with it. */
function scriptKeys(body: Uint8Array): string[] {
  try {
    const file = JSON.parse(gunzipSync(body, { maxOutputLength: maxFileBytes }).toString("utf8"));
    const keys = (file.scripts as { script?: unknown }[]).map(({ script }) => script);
    return keys.filter((key): key is string => typeof key === "string" && parseScriptKey(key) !== undefined);
  } catch {
    return [];
  }
}

async function inParallel<T>(
  items: AsyncIterator<T> | Iterator<T>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const worker = async () => {
    for (let next = await items.next(); !next.done; next = await items.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: downloadsAtOnce }, worker));
}

/** Keys come from a bucket that others write to: none leaves the folder. */
async function saveBelow(folder: string, key: string, body: Uint8Array): Promise<string> {
  const file = path.resolve(folder, key);
  if (!file.startsWith(folder + path.sep))
    throw new RangeError(`key ${JSON.stringify(key)} leaves the folder`);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, body);
  return file;
}
