/**
 * dist/cdk-cjs: the CDK constructs for `require`, since `cdk init` still makes CommonJS apps. One bundle beside the
 * tsc output of dist/cdk, and the same declarations in a folder whose .d.ts files are CommonJS.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

export interface CdkBundleOptions {
  root: string;
  outdir: string;
  /** Runs tsc on the build's configuration with these options. */
  tsc(...options: string[]): void;
}

export async function bundleCdk({ root, outdir, tsc }: CdkBundleOptions): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: ["src/cdk/index.ts"],
    outfile: join(outdir, "index.cjs"),
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    external: ["aws-cdk-lib", "aws-cdk-lib/*", "constructs"],
    define: { "import.meta.url": "moduleUrl" },
    banner: { js: 'const moduleUrl = require("node:url").pathToFileURL(__filename).href;' },
    logLevel: "warning",
  });
  const types = join(outdir, "types");
  tsc("--emitDeclarationOnly", "--sourceMap", "false", "--rootDir", "src", "--outDir", types);
  writeFileSync(join(types, "package.json"), '{ "type": "commonjs" }\n');
  writeFileSync(join(outdir, "index.d.cts"), 'export * from "./types/cdk/index.js";\n');
}
