/** Scripts of ours in the Node.js under test, which reads no TypeScript: bundled, one JSON value a line. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";

export async function bundleFor(folder: string, entryPoint: string): Promise<string> {
  const outfile = join(folder, "bundle.mjs");
  await build({
    entryPoints: [entryPoint],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
    logLevel: "error",
  });
  return outfile;
}

export async function linesOf<T>(node: string, args: readonly string[]): Promise<T[]> {
  const { stdout } = await promisify(execFile)(node, args, { maxBuffer: 2 ** 30 });
  return parsedLines(stdout);
}

/** What it printed before it ended, however it did. */
export function linesUntilEnd<T>(node: string, args: readonly string[]): Promise<T[]> {
  return new Promise((resolve) => {
    execFile(node, args, { maxBuffer: 2 ** 30 }, (_error, stdout) => resolve(parsedLines(stdout)));
  });
}

function parsedLines<T>(text: string): T[] {
  const lines = text.trim().split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line));
}
