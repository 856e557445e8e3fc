/** A probed package of each kind of module, an earlier version of it, and another one: what gets mixed up. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { planProbes } from "../../../src/probe-package/probe-folder.ts";

/** A deployed package: bytes by path. */
export type Files = ReadonlyMap<string, Uint8Array>;

const current: Record<string, string> = {
  "package.json": "{}",
  "index.mjs": `import { twice } from "./lib.cjs";
import { ping } from "./cycle-a.mjs";
export const handler = async ({ n }) => {
  const { size } = await import("./late.mjs");
  const plain = (await import("./plain.cjs")).default;
  return { size: size(twice(n)), ping: ping(3), plain: plain(n), name: handler.name };
};
`,
  "lib.cjs": `const deep = require("./deep.js");
exports.twice = (n) => deep(n, 2);
exports.never = () => 1;
`,
  "deep.js": `module.exports = function deep(n, by = 1) { return n > 100 ? n : n * by; };
`,
  "plain.cjs": `const deep = require("./deep.js");
module.exports = (n) => { for (let i = 0; i < 3; i++) n = deep(n, i); return n || "none"; };
`,
  "cycle-a.mjs": `import { pong } from "./cycle-b.mjs";
export function ping(n) { return n === 0 ? "end" : pong(n - 1); }
`,
  "cycle-b.mjs": `import { ping } from "./cycle-a.mjs";
export function pong(n) { return ping(n); }
export const early = ping(0);
`,
  "late.mjs": `export const size = (n) => (n > 3 ? "big" : "small");
`,
};

const earlier: Record<string, string> = {
  ...current,
  "deep.js": `module.exports = function deep(n, by = 1) { if (n > 10) return n; return n * by; };
`,
  "late.mjs": `export const size = (n) => { if (n > 3) return "large"; return "small"; };
`,
};

const other: Record<string, string> = {
  "package.json": "{}",
  "index.mjs": `import lib from "./lib.cjs";
export const handler = async ({ n }) => lib.of(n);
`,
  "lib.cjs": `exports.of = (n) => { switch (n) { case 7: return "seven"; default: return n; } };
`,
  "late.mjs": `export const other = 1;
`,
};

export async function probedPackages(): Promise<{ current: Files; others: Files[] }> {
  return { current: await probed(current), others: [await probed(earlier), await probed(other)] };
}

async function probed(texts: Record<string, string>): Promise<Files> {
  const folder = mkdtempSync(join(tmpdir(), "package-"));
  try {
    const files = new Map<string, Uint8Array>(
      Object.entries(texts).map(([path, text]) => [path, Buffer.from(text)]),
    );
    writeFiles(folder, files);
    const { contents } = await planProbes(folder);
    return new Map([...files, ...contents]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function writeFiles(folder: string, files: Files): void {
  for (const [path, bytes] of files) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }
}
