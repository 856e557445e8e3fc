/** Copies coverage files, and the inits and scripts they name, into a folder of the bucket's layout. */
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { coverageSuffix, parseInitKey, parseScriptKey } from "../../contract/object-keys.ts";
import { openS3Store } from "../../store/s3-store.ts";
import type { CoverageStore } from "../../store/store.ts";

const downloadsAtOnce = 24;
const maxFileBytes = 64 * 1024 * 1024;

/** Resolves to the coverage files' paths. The folder works wherever a bucket does: `lambda-coverage report <folder>`. */
export async function downloadFiles(bucketName: string, prefix: string): Promise<string[]> {
  const store = await openS3Store(bucketName);
  const folder = await mkdtemp(path.join(tmpdir(), "coverage-"));
  const files: string[] = [];
  const named: Named = { inits: new Set(), scripts: new Set() };
  await inParallel(coverageKeys(store, prefix), async (key) => {
    const body = await store.get(key);
    addNamed(body, named);
    files.push(await saveBelow(folder, key, body));
  });
  await inParallel(named.inits.values(), async (key) => {
    const body = await getNamed(store, key);
    if (body === undefined) return;
    addNamed(body, named);
    await saveBelow(folder, key, body);
  });
  await inParallel(named.scripts.values(), async (key) => {
    const body = await getNamed(store, key);
    if (body !== undefined) await saveBelow(folder, key, body);
  });
  return files.sort();
}

/** Without its script or init a file still counts: combining says which one is missing. */
async function getNamed(store: CoverageStore, key: string): Promise<Uint8Array | undefined> {
  try {
    return await store.get(key);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "NoSuchKey" || code === "AccessDenied") return undefined;
    throw error;
  }
}

async function* coverageKeys(store: CoverageStore, prefix: string): AsyncGenerator<string> {
  for await (const { key } of store.list(prefix)) if (key.endsWith(coverageSuffix)) yield key;
}

interface Named {
  inits: Set<string>;
  scripts: Set<string>;
}

/** Of a file that cannot be read: nothing. Combining says what is wrong with it. */
function addNamed(body: Uint8Array, { inits, scripts }: Named): void {
  try {
    const text = gunzipSync(body, { maxOutputLength: maxFileBytes }).toString("utf8");
    const file: { scripts?: { script?: unknown }[]; inits?: { init?: unknown }[] } = JSON.parse(text);
    for (const { init } of file.inits ?? []) {
      if (typeof init === "string" && parseInitKey(init) !== undefined) inits.add(init);
    }
    for (const { script } of file.scripts ?? []) {
      if (typeof script === "string" && parseScriptKey(script) !== undefined) scripts.add(script);
    }
  } catch {}
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
