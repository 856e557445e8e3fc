/**
 * `npm run build`: the npm package. dist/{cli,cdk,local,…} by tsc; dist/face, what user code imports, bundled
 * for `import` and `require` with the agent's worker inside, so that users can bundle it once more.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BuildOptions } from "esbuild";
import { packagesOf } from "../src/release/bundled-packages.ts";
import { bundleTestFunctions } from "./bundle-test-functions.ts";
import { bundleCdk } from "./cdk-bundle.ts";
import { bundleFace } from "./face-bundle.ts";
import { licenceTexts } from "./licence-texts.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const face = join(root, "dist/face");

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
} satisfies BuildOptions;

function tsc(...options: string[]): void {
  tscOf("tsconfig.build.json", ...options);
}

function tscOf(project: string, ...options: string[]): void {
  const compiler = join(root, "node_modules/.bin/tsc");
  execFileSync(compiler, ["-p", project, ...options], { cwd: root, stdio: "inherit" });
}

/** Types for `require`: the same declarations in a folder whose .d.ts files are CommonJS. */
function writeCommonJsTypes(): void {
  tsc("--emitDeclarationOnly", "--sourceMap", "false", "--outDir", join(face, "types"));
  for (const folder of [
    "cdk",
    "cli",
    "doctor",
    "load-test",
    "local",
    "probe-package",
    "prober",
    "release",
    "serverless",
  ]) {
    rmSync(join(face, "types", folder), { recursive: true, force: true });
  }
  writeFileSync(join(face, "types/package.json"), '{ "type": "commonjs" }\n');
  writeFileSync(join(face, "index.d.cts"), 'export * from "./types/api/index.js";\n');
}

const cdk = join(root, "dist/cdk-cjs");
for (const folder of [face, cdk]) rmSync(folder, { recursive: true, force: true });
mkdirSync(face, { recursive: true });
const metafiles = await bundleFace({ common, outdir: face });
writeFileSync(join(face, "LICENSES.txt"), licenceTexts(root, packagesOf(root, metafiles)));
tsc();
writeCommonJsTypes();
writeFileSync(join(face, "index.d.mts"), 'export * from "../api/index.js";\n');
await bundleCdk({ root, outdir: cdk, tsc: (...options) => tscOf("tsconfig.cdk.json", ...options) });
await bundleTestFunctions();
