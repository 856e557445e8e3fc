/** `--scripts <dir>`: deployed scripts that stayed at home, found by what they are, not by their name. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { LocalScripts } from "../combine/index.ts";

export function localScripts(directory: string): LocalScripts {
  const root = path.resolve(directory);
  let byHash: Promise<Map<string, string>> | undefined;
  return {
    async find(sha256, deployedPath) {
      const likely = path.resolve(root, deployedPath);
      const isInside = likely.startsWith(path.join(root, path.sep));
      if (isInside && (await hashOf(likely)) === sha256) return readScript(likely);
      byHash ??= indexFolder(root);
      const file = (await byHash).get(sha256);
      return file === undefined ? undefined : readScript(file);
    },
  };
}

async function indexFolder(root: string): Promise<Map<string, string>> {
  const index = new Map<string, string>();
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.([cm]?[jt]s|py)$/.test(entry.name)) continue;
    const file = path.join(entry.parentPath, entry.name);
    const hash = await hashOf(file);
    if (hash !== undefined) index.set(hash, file);
  }
  return index;
}

/** Of the text as V8 sees it: without a byte-order mark. Undefined where there is no such file. */
async function hashOf(file: string): Promise<string | undefined> {
  const text = await readText(file);
  return text === undefined ? undefined : createHash("sha256").update(text).digest("hex");
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, "utf8")).replace(/^\ufeff/, "");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "EISDIR" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

async function readScript(file: string): Promise<{ source: string; sourceMap?: string } | undefined> {
  const source = await readText(file);
  if (source === undefined) return undefined;
  const sourceMap = await readText(`${file}.map`);
  return sourceMap === undefined ? { source } : { source, sourceMap };
}
