/** The two functions of the bench, as folders to deploy. */
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { probeFolder } from "../../src/probe-package/index.ts";

const functions = join(import.meta.dirname, "functions");

export type FunctionSize = "small" | "big";

export interface Deployment {
  size: FunctionSize;
  code: string;
  /** The same with probed copies; JavaScript only. */
  probed?: string;
  handler: string;
  /** The event of call `n`: varied, so that later snapshots are not all alike. */
  event(n: number): unknown;
}

export async function deploySmall(folder: string): Promise<Deployment> {
  mkdirSync(folder, { recursive: true });
  cpSync(join(functions, "small.mjs"), join(folder, "index.mjs"));
  return {
    size: "small",
    code: folder,
    probed: await probedBeside(folder),
    handler: "index.handler",
    event: (n) => ({ name: `n${n}` }),
  };
}

/** 2.5 MB with its source map beside it. */
export async function deployBig(folder: string): Promise<Deployment> {
  await build({
    entryPoints: [join(functions, "big.ts")],
    outfile: join(folder, "index.js"),
    bundle: true,
    platform: "node",
    target: "node22",
    format: "cjs",
    sourcemap: true,
  });
  const probed = await probedBeside(folder);
  return { size: "big", code: folder, probed, handler: "index.handler", event: bigEvent };
}

async function probedBeside(folder: string): Promise<string> {
  const probed = `${folder}-probed`;
  cpSync(folder, probed, { recursive: true });
  await probeFolder(probed);
  return probed;
}

function bigEvent(n: number): unknown {
  const items = Array.from({ length: (n % 5) + 1 }, (_, i) => ({ sku: `sku-${i}`, quantity: (n % 3) + 1 }));
  const body = n % 7 === 0 ? { id: "", items: [] } : { id: `o${n}`, items };
  return { method: "POST", path: "/orders", body };
}
