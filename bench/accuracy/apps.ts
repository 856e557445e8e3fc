/** The apps whose coverage is compared: what is deployed, and the events. */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { type BuildOptions, build } from "esbuild";
import { bundleExample } from "../../examples/bundle.ts";
import { flows } from "../../examples/orders/events.ts";
import { events as manyEvents } from "./apps/many-modules.events.ts";

export interface App {
  name: string;
  /** Absolute path of the deployed CJS or ESM file. */
  entry: string;
  events: unknown[];
  minified: boolean;
}

export const appNames = ["example", "many-modules", "many-modules-minified"];

export async function buildApp(name: string, folder: string): Promise<App> {
  const target = path.join(folder, name);
  await mkdir(target, { recursive: true });
  if (name === "example") {
    await bundleExample("orders/src/index.ts", target);
    const events = flows.flatMap(({ steps }) => steps.map(({ event }) => event));
    return { name, entry: path.join(target, "index.js"), events, minified: false };
  }
  const minified = name === "many-modules-minified";
  if (!minified && name !== "many-modules") throw new Error(`no app ${name}; known: ${appNames.join(", ")}`);
  const entry = path.join(target, "index.cjs");
  await bundleForNode(path.join(import.meta.dirname, "apps/many-modules.ts"), entry, { minify: minified });
  return { name, entry, events: manyEvents, minified };
}

/** Any module of the caller's: bundled unless it is plain JavaScript, with a JSON file of events. */
export async function foreignApp(entry: string, events: unknown[], folder: string): Promise<App> {
  const absolute = path.resolve(entry);
  if (/\.[cm]?js$/.test(absolute)) return { name: entry, entry: absolute, events, minified: false };
  const outfile = path.join(folder, "foreign", "index.cjs");
  await mkdir(path.dirname(outfile), { recursive: true });
  await bundleForNode(absolute, outfile, {});
  return { name: entry, entry: outfile, events, minified: false };
}

async function bundleForNode(entry: string, outfile: string, options: BuildOptions): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    sourcemap: "external",
    legalComments: "none",
    logLevel: "warning",
    ...options,
  });
  await writeFile(path.join(path.dirname(outfile), "package.json"), "{}");
}
