import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { bundleOptions } from "../examples/bundle.ts";

const repositoryFolder = fileURLToPath(new URL("../", import.meta.url));
const bundlesFolder = join(repositoryFolder, ".cache/infra-bundles");

/**
 * Bundles an entry as the examples do (CJS, source map beside it, the layer's package outside) into a folder
 * named by its content, so that several runs at once do not get in each other's way.
 */
export function bundleFolder(entry: string): string {
  const { outputFiles } = buildSync({
    ...bundleOptions,
    entryPoints: [join(repositoryFolder, entry)],
    outfile: join(bundlesFolder, "any/index.js"),
    absWorkingDir: repositoryFolder,
    write: false,
  });
  const hash = createHash("sha256");
  for (const file of outputFiles) hash.update(file.contents);
  const folder = join(bundlesFolder, hash.digest("hex").slice(0, 16));
  if (!existsSync(folder)) writeWhole(folder, outputFiles);
  return folder;
}

function writeWhole(folder: string, files: { path: string; contents: Uint8Array }[]): void {
  mkdirSync(bundlesFolder, { recursive: true });
  const half = mkdtempSync(join(bundlesFolder, "half-"));
  for (const file of files) writeFileSync(join(half, basename(file.path)), file.contents);
  try {
    renameSync(half, folder);
  } catch (error) {
    rmSync(half, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
}
