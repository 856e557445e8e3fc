/**
 * The testing stack's functions as they are deployed, into dist/test-functions: `lambda-coverage load-test`
 * runs them locally, from here and from the installed package.
 */
import { readdirSync } from "node:fs";
import { join, parse } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { bundleOptions } from "../examples/bundle.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

export async function bundleTestFunctions(): Promise<void> {
  const folder = join(root, "infra/test-functions");
  for (const file of readdirSync(folder)) {
    await build({
      ...bundleOptions,
      absWorkingDir: root,
      entryPoints: [join(folder, file)],
      outfile: join(root, "dist/test-functions", parse(file).name, "index.js"),
    });
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await bundleTestFunctions();
}
