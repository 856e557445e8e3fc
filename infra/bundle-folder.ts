import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

export const repositoryFolder = fileURLToPath(new URL("../", import.meta.url));
const bundlesFolder = join(repositoryFolder, ".cache/infra-bundles");

/** Bundles an entry as the examples do (CJS, source map beside it, the layer's package outside) and returns the folder. */
export function bundleFolder(entry: string): string {
  const folder = join(bundlesFolder, `${dirname(entry)}-${entry.split("/").at(-1)?.replace(/\.ts$/, "")}`);
  rmSync(folder, { recursive: true, force: true });
  buildSync({
    entryPoints: [join(repositoryFolder, entry)],
    outfile: join(folder, "index.js"),
    absWorkingDir: repositoryFolder,
    bundle: true,
    platform: "node",
    target: "node22",
    format: "cjs",
    sourcemap: "linked",
    external: ["lambda-coverage-layer"],
    logLevel: "warning",
  });
  return folder;
}
