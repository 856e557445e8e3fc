/** c8 is the judge: it must read our folder as it reads what Node.js wrote itself. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CoverageFile } from "../../contract/coverage-file.ts";
import { formatScriptKey } from "../../contract/object-keys.ts";
import { packRanges, type V8Function } from "../../contract/ranges.ts";
import { openStore } from "../../store/open-store.ts";
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

/** Runs the script under NODE_V8_COVERAGE once per argument; the dumps. */
async function collect(script: string, folder: string, args: string[]): Promise<void> {
  for (const arg of args) {
    await run(process.execPath, [script, arg], { env: { ...process.env, NODE_V8_COVERAGE: folder } });
  }
}

/** The dumps as a bucket: one coverage file each. */
async function asBucket(script: string, dumps: string, bucket: string, deployedPath: string): Promise<void> {
  const source = await readFile(script, "utf8");
  const sourceMap = await readFile(`${script}.map`, "utf8").catch(() => undefined);
  const sha256 = createHash("sha256").update(source).digest("hex");
  await store(bucket, formatScriptKey(sha256), {
    format: "lambda-coverage-script/1",
    kind: "v8",
    sha256,
    path: deployedPath,
    source,
    ...(sourceMap !== undefined && { sourceMap }),
  });
  for (const [sequence, name] of (await readdir(dumps)).entries()) {
    const dump = JSON.parse(await readFile(path.join(dumps, name), "utf8")) as {
      result: { url: string; functions: V8Function[] }[];
    };
    const { functions } = dump.result.find(
      ({ url }) => url === pathToFileURL(script).href,
    ) as (typeof dump.result)[0];
    const file: CoverageFile = {
      format: "lambda-coverage/1",
      function: { name: "app", version: "$LATEST", region: "eu-west-1", runtime: "nodejs22.x" },
      environment: { id: "e1", sequence },
      invocations: [],
      granularity: "block",
      collectedFrom: "start",
      scripts: [
        { kind: "v8", path: deployedPath, script: formatScriptKey(sha256), ranges: packRanges(functions) },
      ],
    };
    await store(bucket, `coverage/2026/11/20/app-10000000${sequence}-r.coverage`, file);
  }
}

async function store(bucket: string, key: string, value: unknown): Promise<void> {
  const file = path.join(bucket, key);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, gzipSync(JSON.stringify(value)));
}

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

async function bothWays(
  name: string,
  script: string,
  deployedPath: string,
): Promise<Record<string, unknown>> {
  const base = path.dirname(script);
  await collect(script, path.join(base, "dumps"), ["one", "bulk"]);
  const native = await c8Figures(base, path.join(base, "dumps"));
  const bucket = path.join(root, `${name}-bucket`);
  await asBucket(script, path.join(base, "dumps"), bucket, deployedPath);
  const exported = path.join(root, `${name}-export`);
  const result = await exportV8Coverage({ opened: await openStore(bucket), directory: exported });
  expect(result).toEqual({ files: 2, skipped: [], scriptsWithoutSource: [], scripts: 1 });
  expect(await c8Figures(exported, path.join(exported, "coverage"))).toEqual(native);
  return native;
}

test("c8 counts our folder of a plain script as it counts Node's own", async () => {
  const script = path.join(root, "plain", "app.js");
  await mkdir(path.dirname(script));
  await writeFile(script, plain);
  const native = await bothWays("plain", script, "app.js");
  expect(Object.keys(native)).toEqual(["app.js"]);
  expect(JSON.stringify(native)).toContain("neverCalled");
});

test("c8 follows the source map of a bundle to its original files", async () => {
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
  await cp(path.join(base, "src"), path.join(base, "out", "src"), { recursive: true });
  const dumps = path.join(base, "out", "dumps");
  await collect(script, dumps, ["one"]);
  const bucket = path.join(root, "bundle-bucket");
  await asBucket(script, dumps, bucket, "index.cjs");
  const exported = path.join(root, "bundle-export");
  await exportV8Coverage({ opened: await openStore(bucket), directory: exported });
  const ours = await c8Figures(exported, path.join(exported, "coverage"));
  expect(Object.keys(ours).sort()).toEqual(["index.ts", "price.ts"]);
  expect(ours).toEqual(await c8Figures(base, dumps));
});
