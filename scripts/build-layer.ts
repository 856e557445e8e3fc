/**
 * `npm run build:layer`: bundles the agent and the package's face, and zips the layer, the same bytes for
 * the same sources. Writes dist/layer/ (the zip's content), dist/layer-meta.json (esbuild's metafiles, for
 * check-layer) and dist/lambda-coverage-layer-{<version>,latest}.zip.
 */
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { minify } from "@swc/core";
import { type BuildOptions, build, type Metafile, type Plugin } from "esbuild";
import { packagesOf } from "../src/release/bundled-packages.ts";
import { bundleFace } from "./face-bundle.ts";
import { writeZip, type ZipEntry } from "./layer-zip.ts";
import { licenceTexts } from "./licence-texts.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(root, "dist");
/** Made aside and swapped in at the end: tests that run meanwhile read a whole layer, old or new. */
const layerFolder = join(dist, `.layer-${process.pid}`);
const agentFolder = join(layerFolder, "lambda-coverage");
const packageFolder = join(layerFolder, "nodejs/node_modules/lambda-coverage-layer");

const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node20",
  minify: true,
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
  logOverride: { "empty-import-meta": "silent" },
  // Once at the top, not in each of the modules that load late.
  banner: { js: '"use strict";' },
  tsconfigRaw: { compilerOptions: { target: "es2022", verbatimModuleSyntax: true, alwaysStrict: false } },
  define: { "process.env.LAMBDA_COVERAGE_VERSION": JSON.stringify(version) },
} satisfies BuildOptions;

/** The modules that src/agent/shared/both-threads.ts exports, wherever they are imported from. */
const ofBothThreads =
  /\/(agent-symbol|hold-budget|http-exchange|log|open-marker|extension-client|shared-status)\.ts$/;

/** Files of their own beside the bundles: one that both threads load, one that few functions ask for. */
const ownFiles: Plugin = {
  name: "own-files",
  setup({ onResolve }) {
    onResolve({ filter: ofBothThreads }, () => ({ path: "./both-threads.cjs", external: true }));
    onResolve({ filter: /^\.\/health\/health\.ts$/ }, ({ kind }) =>
      kind === "dynamic-import" ? { path: "./health.cjs", external: true } : undefined,
    );
  },
};

/** Hand-written modules of a line or two, beside the bundles. */
const agentModules = ["handler.mjs", "redirect.mjs"];

/** Bundles that run in every cold start, and the health check. */
async function buildAgent(): Promise<Metafile> {
  const bundle = (modules: string[], plugins: Plugin[]) =>
    build({
      ...common,
      entryPoints: Object.fromEntries(modules.map((module) => [basename(module), `src/agent/${module}.ts`])),
      plugins,
      format: "cjs",
      outdir: agentFolder,
      outExtension: { ".js": ".cjs" },
    });
  const { metafile: shared } = await bundle(["shared/both-threads"], []);
  const { metafile } = await bundle(["main/preload", "worker/worker", "main/health/health"], [ownFiles]);
  Object.assign(metafile.inputs, shared.inputs);
  Object.assign(metafile.outputs, shared.outputs);
  for (const output of Object.keys(metafile.outputs)) await minifyMore(join(root, output));
  for (const name of agentModules) copyFileSync(join(root, "layer", name), join(agentFolder, name));
  copyFileSync(join(root, "layer/coverage-wrapper"), join(layerFolder, "coverage-wrapper"));
  chmodSync(join(layerFolder, "coverage-wrapper"), 0o755);
  return metafile;
}

/** What esbuild leaves: swc inlines what is used once, 2.5 KB of the agent's 60. */
async function minifyMore(path: string): Promise<void> {
  const options = { compress: { passes: 3, toplevel: true }, mangle: { toplevel: true }, module: false };
  const bundle = withPlainExports(path, requireLate(requireOnce(readFileSync(path, "utf8"))));
  const { code } = await minify(bundle, { ...options, ecma: 2020 });
  writeFileSync(path, code);
}

/** Node's import of CommonJS would first scan the file for names. */
function requireLate(bundle: string): string {
  return bundle.replace('import("./health.cjs")', 'require("./health.cjs")');
}

/** esbuild requires a module once for each file that imports it. */
function requireOnce(bundle: string): string {
  const [strict, code] = [bundle.slice(0, bundle.indexOf(";") + 1), bundle.slice(bundle.indexOf(";") + 1)];
  const calls = [...code.matchAll(/require\("[^"]+"\)/g)].map(([call]) => call);
  const repeated = new Set(calls.filter((call, at) => calls.indexOf(call) < at));
  const names = new Map([...repeated].map((call, at) => [call, `required${at}`]));
  const shared = code.replace(/require\("[^"]+"\)/g, (call) => names.get(call) ?? call);
  return `${strict}${[...names].map(([call, name]) => `var ${name}=${call};`).join("")}${shared}`;
}

/**
 * Our bundles are only required, by names that never change: no getters, no mark of a module, and with them goes what
 * esbuild makes those by. Nobody requires the entries of the two threads.
 */
function withPlainExports(path: string, bundle: string): string {
  if (/(preload|worker)\.cjs$/.test(path)) return bundle.replace(/module\.exports=\w+\(\w+\);/, "");
  const exported = /var (\w+)=\{\};\w+\(\1,\{([^}]*)\}\);module\.exports=\w+\(\1\);/.exec(bundle);
  if (exported?.[2] === undefined) throw new Error(`${path} does not export as esbuild did`);
  return `${bundle.replace(exported[0], "")};module.exports={${exported[2].replaceAll("()=>", "")}};`;
}

async function buildFace(): Promise<Record<string, Metafile>> {
  const metafiles = await bundleFace({ common, outdir: packageFolder });
  const manifest = {
    name: "lambda-coverage-layer",
    version,
    license: "MIT",
    main: "./index.cjs",
    module: "./index.mjs",
    exports: {
      ".": { import: "./index.mjs", require: "./index.cjs" },
      "./package.json": "./package.json",
    },
  };
  writeFileSync(join(packageFolder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  return metafiles;
}

function zipEntries(folder: string, metafiles: Record<string, Metafile>): ZipEntry[] {
  const outputs = Object.values(metafiles).flatMap((metafile) => Object.keys(metafile.outputs));
  const files = outputs.map((output) => relative(folder, join(root, output)));
  files.push("coverage-wrapper", ...agentModules.map((name) => `lambda-coverage/${name}`));
  const own = ["package.json", "LICENSES.txt"];
  files.push(...own.map((name) => `nodejs/node_modules/lambda-coverage-layer/${name}`));
  return files.map((path) => ({
    path,
    bytes: readFileSync(join(folder, path)),
    executable: path === "coverage-wrapper",
  }));
}

/** By rename: whoever reads gets the old file or the new one. */
function replaceFile(path: string, content: string | Buffer): void {
  const aside = `${path}.${process.pid}`;
  writeFileSync(aside, content);
  renameSync(aside, path);
}

mkdirSync(agentFolder, { recursive: true });
mkdirSync(packageFolder, { recursive: true });
try {
  const agent = await buildAgent();
  const metafiles = { agent, ...(await buildFace()) };
  writeFileSync(join(packageFolder, "LICENSES.txt"), licenceTexts(root, packagesOf(root, metafiles)));
  const bytes = await writeZip(zipEntries(layerFolder, metafiles));
  replaceFile(join(dist, "layer-meta.json"), JSON.stringify(metafiles));
  for (const name of [version, "latest"]) replaceFile(join(dist, `lambda-coverage-layer-${name}.zip`), bytes);
  rmSync(join(dist, "layer"), { recursive: true, force: true });
  renameSync(layerFolder, join(dist, "layer"));
  const kilobytes = (bytes.length / 1024).toFixed(1);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  console.log(`dist/lambda-coverage-layer-${version}.zip ${kilobytes} KB sha256 ${sha256}`);
} finally {
  rmSync(layerFolder, { recursive: true, force: true });
}
// Its checksum and bill of materials, so that neither is ever another build's.
await import("./describe-layer.ts");
