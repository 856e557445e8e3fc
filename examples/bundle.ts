import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build } from "esbuild";

const examplesFolder = fileURLToPath(new URL(".", import.meta.url));

/**
 * How one bundles a function before deploying it: one CJS file with its source map beside it.
 * `lambda-coverage-layer` stays outside: the layer brings it.
 */
export const bundleOptions = {
  bundle: true,
  platform: "node",
  target: "node22",
  format: "cjs",
  sourcemap: "linked",
  external: ["lambda-coverage-layer"],
  logLevel: "warning",
} satisfies BuildOptions;

/**
 * Bundles an example.
 * @param entry below `examples/`, e.g. `orders/src/index.ts`
 * @param folder where `index.js` goes
 */
export async function bundleExample(entry: string, folder: string): Promise<void> {
  await build({
    ...bundleOptions,
    entryPoints: [join(examplesFolder, entry)],
    outfile: join(folder, "index.js"),
  });
}
