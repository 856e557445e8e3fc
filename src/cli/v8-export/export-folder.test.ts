/** c8 and monocart are the judges: they must read our folder as they read what Node.js wrote itself. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { CoverageReport } from "monocart-coverage-reports";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openStore } from "../../store/open-store.ts";
import { collectDumps, storeDumps } from "../bucket.fixture.ts";
import { exportV8Coverage } from "./export-folder.ts";

const run = promisify(execFile);
const c8 = path.join(path.dirname(createRequire(import.meta.url).resolve("c8/package.json")), "bin", "c8.js");

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), "lc-export-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const plain = `
"use strict";
class Cart {
  items = [];
  static #count = 0;
  static { Cart.#count = 1; }
  add(item) { if (item.qty > 3) { this.items.push({ ...item, bulk: true }); } else { this.items.push(item); } return this; }
  get total() { return this.items.reduce((sum, { price, qty }) => sum + price * qty, 0); }
  never() { return this.items.map(function unused(item) { return item.price; }); }
}
const helpers = {
  ["computed" + 1]: () => 1,
  label(order) { return order?.paid ? "paid" : "open"; },
  later: async (ms) => { try { await null; } catch { return 0; } return ms; },
};
function neverCalled(a) {
  if (a) { return 1; }
  return 2;
}
const cart = new Cart().add({ price: 2, qty: process.argv[2] === "bulk" ? 5 : 1 });
helpers.label({ paid: cart.total > 4 });
helpers.later(1);
`;

const typescript = {
  "index.ts": `import { price } from "./lib/price.ts";
export interface Order { items: { price: number; qty: number }[]; discount?: number }
export function handle(order: Order): number {
  if (order.items.length === 0) {
    throw new Error("empty");
  }
  return price(order.items, order.discount);
}
function unusedExport(): string {
  return "x";
}
console.log(handle({ items: [{ price: 1, qty: 2 }] }), typeof unusedExport);
`,
  "lib/price.ts": `export function price(items: { price: number; qty: number }[], discount?: number): number {
  let total = 0;
  for (const item of items) {
    total += item.qty > 10 ? item.price * item.qty * 0.9 : item.price * item.qty;
  }
  if (discount !== undefined) {
    total -= discount;
  }
  return total;
}
`,
};

/** c8's figures by file name (its folders differ between the two). */
async function c8Figures(cwd: string, dumps: string): Promise<Record<string, unknown>> {
  await run(
    process.execPath,
    [c8, "report", "--temp-directory", dumps, "--reporter", "json", "--reports-dir", "c8-out"],
    { cwd },
  );
  const map = JSON.parse(await readFile(path.join(cwd, "c8-out", "coverage-final.json"), "utf8")) as Record<
    string,
    { s: object; f: object; b: object; fnMap: Record<string, { name: string }> }
  >;
  return Object.fromEntries(
    Object.entries(map).map(([file, { s, f, b, fnMap }]) => [
      path.basename(file),
      { s, f, b, names: Object.values(fnMap).map(({ name }) => name) },
    ]),
  );
}

/** monocart's totals; it reads the same folders. */
async function monocartFigures(dumps: string): Promise<unknown> {
  const report = new CoverageReport({
    logging: "off",
    reports: ["none"],
    outputDir: await mkdtemp(path.join(root, "monocart-")),
    entryFilter: (entry) => !entry.url.includes("node_modules"),
  });
  await report.addFromDir(dumps);
  const results = await report.generate();
  return results?.summary;
}

const runs = [
  { requestId: "one", args: ["one"] },
  { requestId: "bulk", args: ["bulk"] },
];

/** Our export of the dumps, for a script that is deployed as `deployedPath`. */
async function exported(script: string, dumps: string, deployedPath: string): Promise<string> {
  const bucket = await mkdtemp(path.join(root, "bucket-"));
  await storeDumps({ script, dumps, bucket, deployedPath, runs });
  const directory = await mkdtemp(path.join(root, "export-"));
  const result = await exportV8Coverage({ opened: await openStore(bucket), directory });
  expect(result).toEqual({ files: 2, skipped: [], probed: 0, scriptsWithoutSource: [], scripts: 1 });
  return directory;
}

test("c8 and monocart count our folder of a plain script as they count Node's own", async () => {
  const base = path.join(root, "plain");
  const script = path.join(base, "app.js");
  const dumps = path.join(base, "dumps");
  await mkdir(dumps, { recursive: true });
  await writeFile(script, plain);
  await collectDumps(script, dumps, runs);
  const native = await c8Figures(base, dumps);
  expect(JSON.stringify(native)).toContain("neverCalled");
  const ours = await exported(script, dumps, "app.js");
  expect(await c8Figures(ours, path.join(ours, "coverage"))).toEqual(native);
  const monocart = await monocartFigures(dumps);
  // So that two empty reports are not equal.
  expect(monocart).toMatchObject({ functions: { total: 10 } });
  expect(await monocartFigures(path.join(ours, "coverage"))).toEqual(monocart);
});

test("c8 and monocart follow the source map of a bundle to its original files", async () => {
  const base = path.join(root, "bundle");
  for (const [name, text] of Object.entries(typescript)) {
    await mkdir(path.dirname(path.join(base, "src", name)), { recursive: true });
    await writeFile(path.join(base, "src", name), text);
  }
  const script = path.join(base, "out", "index.cjs");
  await build({
    entryPoints: [path.join(base, "src/index.ts")],
    outfile: script,
    bundle: true,
    platform: "node",
    format: "cjs",
    sourcemap: true,
    logLevel: "error",
  });
  const dumps = path.join(base, "dumps");
  await mkdir(dumps);
  await collectDumps(script, dumps, runs);
  const native = await c8Figures(base, dumps);
  expect(Object.keys(native).sort()).toEqual(["index.ts", "price.ts"]);
  const ours = await exported(script, dumps, "index.cjs");
  expect(await c8Figures(ours, path.join(ours, "coverage"))).toEqual(native);
  expect(await monocartFigures(path.join(ours, "coverage"))).toEqual(await monocartFigures(dumps));
});
