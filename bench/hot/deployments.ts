/** The functions of the bench, each as it is, probed, and instrumented by others. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { createInstrumenter } from "istanbul-lib-instrument";
import { instrument } from "oxc-coverage-instrument";
import { probeFolder } from "../../src/probe-package/index.ts";
import { deployBig } from "../invoke/deployments.ts";

export type Workload = "hot" | "parsing";
export type Code = "plain" | "probed" | "istanbul" | "oxc";

/** Lambda's place of a function's code: what instrumenters call the file. */
const deployedPath = "/var/task/index.mjs";

export async function deploy(folder: string, workload: Workload): Promise<Record<Code, string>> {
  const plain = join(folder, "plain");
  mkdirSync(plain, { recursive: true });
  if (workload === "hot") cpSync(join(import.meta.dirname, "handler.mjs"), join(plain, "index.mjs"));
  else await bundleParsing(folder, plain);
  cpSync(join(import.meta.dirname, "start-v8-coverage.cjs"), join(plain, "start-v8-coverage.cjs"));
  const source = readFileSync(join(plain, "index.mjs"), "utf8");
  const variant = (name: string): string => {
    const target = join(folder, name);
    cpSync(plain, target, { recursive: true });
    return target;
  };
  const [probed, istanbul, oxc] = [variant("probed"), variant("istanbul"), variant("oxc")];
  await probeFolder(probed);
  const instrumenter = createInstrumenter({ esModules: true });
  writeFileSync(join(istanbul, "index.mjs"), instrumenter.instrumentSync(source, deployedPath));
  writeFileSync(join(oxc, "index.mjs"), instrument(source, deployedPath).code);
  return { plain, probed, istanbul, oxc };
}

async function bundleParsing(folder: string, plain: string): Promise<void> {
  await build({
    entryPoints: [join(import.meta.dirname, "parsing.mjs")],
    outfile: join(plain, "index.mjs"),
    bundle: true,
    platform: "node",
    format: "esm",
  });
  const { code } = await deployBig(join(folder, "big"));
  cpSync(join(code, "index.js"), join(plain, "source.txt"));
}
