/** Builds the shop fixture as each tool does it: what is deployed, and its source map. */
import { execFile } from "node:child_process";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { transform } from "@swc/core";
import { build as esbuild } from "esbuild";
import { rolldown } from "rolldown";
import webpack from "webpack";

export interface Built {
  entry: string;
  /** Absolute paths of all deployed files that hold shop code. */
  files: string[];
}

const shop = path.join(import.meta.dirname, "fixtures/shop");
const repository = path.resolve(import.meta.dirname, "../..");

/** Copies the sources to `folder/src` and builds to `folder/dist`. */
export const producers: Record<string, (folder: string) => Promise<Built>> = {
  esbuild: async (folder) => {
    const entry = await prepare(folder, "index.js");
    await esbuild({
      entryPoints: [source(folder)],
      outfile: entry,
      bundle: true,
      platform: "node",
      sourcemap: true,
    });
    return { entry, files: [entry] };
  },
  "esbuild, inline map": async (folder) => {
    const entry = await prepare(folder, "index.js");
    await esbuild({
      entryPoints: [source(folder)],
      outfile: entry,
      bundle: true,
      platform: "node",
      sourcemap: "inline",
    });
    return { entry, files: [entry] };
  },
  tsc: (folder) => tsc(folder, ["--sourceMap", "--inlineSources"]),
  "tsc, inline map": (folder) => tsc(folder, ["--inlineSourceMap", "--inlineSources"]),
  rolldown: async (folder) => {
    const entry = await prepare(folder, "index.js");
    const bundle = await rolldown({ input: source(folder), platform: "node" });
    await bundle.write({ file: entry, format: "cjs", sourcemap: true });
    return { entry, files: [entry] };
  },
  webpack: async (folder) => {
    const entry = await prepare(folder, "index.js");
    // webpack has no TypeScript of its own: swc strips the types first, as swc-loader does.
    await swc(folder, path.join(folder, "stripped"), "es6");
    await new Promise<void>((resolve, reject) => {
      webpack(
        {
          mode: "development",
          target: "node",
          devtool: "source-map",
          context: folder,
          entry: "./stripped/index.js",
          module: { rules: [{ test: /\.js$/, extractSourceMap: true } as never] },
          output: { path: path.dirname(entry), filename: "index.js", library: { type: "commonjs2" } },
        },
        (error, stats) =>
          error || stats?.hasErrors() ? reject(error ?? new Error(stats?.toString())) : resolve(),
      );
    });
    return { entry, files: [entry] };
  },
  swc: async (folder) => {
    const entry = await prepare(folder, "index.js");
    await swc(folder, path.dirname(entry), "commonjs");
    return { entry, files: [entry, path.join(path.dirname(entry), "lib/prices.js")] };
  },
};

function source(folder: string): string {
  return path.join(folder, "src/index.ts");
}

async function prepare(folder: string, name: string): Promise<string> {
  await cp(path.join(shop, "src"), path.join(folder, "src"), { recursive: true });
  await mkdir(path.join(folder, "dist"), { recursive: true });
  await writeFile(path.join(folder, "package.json"), "{}");
  return path.join(folder, "dist", name);
}

async function tsc(folder: string, options: string[]): Promise<Built> {
  const entry = await prepare(folder, "index.js");
  const bin = path.join(repository, "node_modules/typescript/bin/tsc");
  const plain = [
    "--target",
    "es2022",
    "--module",
    "commonjs",
    "--moduleResolution",
    "bundler",
    "--rootDir",
    "src",
    "--outDir",
    "dist",
  ];
  const args = [bin, ...plain, "--ignoreConfig", ...options, "--types", "", "src/index.ts"];
  await promisify(execFile)(process.execPath, args, { cwd: folder });
  return { entry, files: [entry, path.join(folder, "dist/lib/prices.js")] };
}

async function swc(folder: string, target: string, type: "commonjs" | "es6"): Promise<void> {
  for (const name of ["index", "lib/prices"]) {
    const filename = path.join(folder, "src", `${name}.ts`);
    const output = path.join(target, `${name}.js`);
    const { code, map } = await transform(await readFile(filename, "utf8"), {
      filename,
      outputPath: output,
      sourceMaps: true,
      swcrc: false,
      module: { type },
      jsc: { target: "es2022", parser: { syntax: "typescript" } },
    });
    await mkdir(path.dirname(output), { recursive: true });
    await writeFile(output, `${code}\n//# sourceMappingURL=${path.basename(output)}.map\n`);
    await writeFile(`${output}.map`, map ?? "");
  }
}
