/** A package on disk, probed: what its manifest says of each file, and that probing leaves all else as it was. */
import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { isProbedCopy, probesFunction, probesModule } from "../contract/probe-access.ts";
import { copyPath, planPath, probesFolder } from "../contract/probe-manifest.ts";
import { probePlanProblem } from "../contract/probe-plan-problem.ts";
import { differences, planProbes, probeFolder, readProbes, removeProbes } from "./index.ts";
import { writeProbes } from "./write-folder.ts";

const root = mkdtempSync(join(tmpdir(), "probe-folder-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let packages = 0;

function packageOf(files: Record<string, string>): string {
  const folder = join(root, `package-${packages++}`);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

function everything(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const file = join(parentPath, name);
      return [file.slice(folder.length + 1), readFileSync(file).toString("base64")];
    }),
  );
}

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

const app = {
  "index.js": `"use strict";\nconst { charge } = require("./lib/charge");\nexports.handler = async (event) => charge(event.cents);\n`,
  "lib/charge.js": "exports.charge = (cents) => (cents > 100 ? cents / 50 : 2);\n",
  "tools/clean.mjs": "export const clean = (text) => text?.trim() ?? '';\n",
  "node_modules/left-pad/index.js": "module.exports = (text) => text;\n",
  "data/rates.json": "{}",
};

test("every file of its own gets a copy and a plan, named by their hashes; nothing else changes", async () => {
  const folder = packageOf(app);
  const before = everything(folder);
  const { manifest, report } = await probeFolder(folder);
  expect(manifest.files.map(({ path, kind }) => ({ path, kind }))).toEqual([
    { path: "index.js", kind: "commonjs" },
    { path: "lib/charge.js", kind: "commonjs" },
    { path: "tools/clean.mjs", kind: "module" },
  ]);
  const stored = JSON.parse(readFileSync(join(folder, probesFolder, "manifest.json"), "utf8"));
  expect(stored).toMatchObject(manifest);
  for (const [slice, entry] of manifest.files.entries()) {
    const copy = readFileSync(join(folder, copyPath(entry.copy)));
    expect(sha256(copy)).toBe(entry.copy);
    expect(copy.toString()).toContain(`${probesFunction}(${slice})`);
    expect(sha256(readFileSync(join(folder, entry.path)))).toBe(entry.original);
    const plan = gunzipSync(readFileSync(join(folder, planPath(entry.plan))));
    expect(sha256(plan)).toBe(entry.plan);
    expect(probePlanProblem(JSON.parse(plan.toString()))).toBeUndefined();
    expect(JSON.parse(plan.toString()).probes).toBe(entry.probes);
  }
  expect(manifest.counters).toBe(manifest.files.reduce((sum, { probes }) => sum + probes, 0));
  expect(report).toMatchObject({
    files: 3,
    probes: manifest.counters,
    notProbed: [],
    excluded: 1,
    minified: [],
  });
  expect(everything(folder)).toMatchObject(before);
  removeProbes(folder);
  expect(everything(folder)).toEqual(before);
});

test("equal packages get equal bytes, wherever they lie and however often they are probed", async () => {
  const [first, second] = [packageOf(app), packageOf(app)];
  await probeFolder(first);
  await probeFolder(second);
  await probeFolder(second);
  expect(everything(second)).toEqual(everything(first));
});

test("what an interrupted run left beside is cleared away", async () => {
  const folder = packageOf({
    ...app,
    [`.${probesFolder}.new/half.txt`]: "x",
    [`.${probesFolder}.old/m.js`]: "x",
  });
  const { manifest } = await probeFolder(folder);
  expect(manifest.files.map(({ path }) => path)).not.toContain(`.${probesFolder}.old/m.js`);
  expect(Object.keys(everything(folder)).filter((path) => path.startsWith("."))).toEqual([]);
});

test("modules in an import cycle reach their counters by an import, the others by a constant", async () => {
  const folder = packageOf({
    "package.json": '{ "type": "module", "imports": { "#b": "./b.js" } }',
    "index.js": "import { a } from './a.js';\nexport const handler = () => a();\n",
    "a.js": "import { b } from '#b';\nexport function a() { return b(1); }\n",
    "b.js": "import { a } from './a.js';\nexport function b(n) { return n > 0 ? n : a(); }\n",
    "c.js": "export { b } from './b.js';\nexport const c = 1;\n",
    "later.js": "export const later = () => import('./index.js');\n",
  });
  const { manifest, contents } = await planProbes(folder);
  const byImport = manifest.files
    .filter(({ copy }) => Buffer.from(contents.get(copyPath(copy)) ?? []).includes(probesModule))
    .map(({ path }) => path);
  expect(byImport).toEqual(["a.js", "b.js"]);
});

test("a file in which nothing is counted needs no copy", async () => {
  const folder = packageOf({
    "index.mjs": "export const n = 1;\n",
    "all.mjs": "export * from './index.mjs';\n",
  });
  const { manifest, report } = await planProbes(folder);
  expect(manifest.files.map(({ path }) => path)).toEqual(["index.mjs"]);
  expect(report.notProbed).toEqual([]);
});

test("what can have no copy is named with its reason and keeps nobody else from having one", async () => {
  const folder = packageOf({
    "index.js": "exports.handler = () => 1;\n",
    "broken.js": "function (",
    "covered.js": `var c = { _coverageSchema: "1a1c01bbd47fc00a2c39e90264f33305004495a9" };\n`,
    "esm.js": "export const x = 1;\n",
    "bad/package.json": "{",
    "bad/index.js": "exports.x = 1;\n",
  });
  writeFileSync(join(folder, "probed.js"), Buffer.from(firstCopy((await planProbes(folder)).contents)));
  symlinkSync(join(root, "elsewhere.js"), join(folder, "link.js"));
  const { manifest, report } = await probeFolder(folder);
  expect(manifest.files.map(({ path }) => path)).toEqual(["index.js"]);
  expect(Object.fromEntries(report.notProbed.map(({ path, code }) => [path, code]))).toEqual({
    "bad/index.js": "BadPackageJson",
    "broken.js": "DoesNotParse",
    "covered.js": "InstrumentedByIstanbul",
    "esm.js": "DoesNotParse",
    "link.js": "SymbolicLink",
    "probed.js": "AlreadyProbed",
  });
});

function firstCopy(contents: ReadonlyMap<string, Uint8Array>): string {
  const copies = [...contents].map(([, bytes]) => Buffer.from(bytes).toString());
  const found = copies.find(isProbedCopy);
  if (found === undefined) throw new Error("no copy was made");
  return found;
}

test("code that travels as text or is named stays as it is, and is told by its line", async () => {
  const folder = packageOf({
    "page.js":
      "const scrape = (page) => page.evaluate(() => document.title);\n\nfunction render() {\n  return 1;\n}\n",
  });
  const { report } = await planProbes(folder, { keepSource: ["rend*"] });
  expect(report.unprobedCode).toEqual([
    { path: "page.js", line: 1, reason: "travels-as-text" },
    { path: "page.js", line: 3, reason: "keep-source" },
  ]);
});

test("patterns choose the files", async () => {
  const folder = packageOf(app);
  const chosen = async (options: Parameters<typeof planProbes>[1]) =>
    (await planProbes(folder, options)).manifest.files.map(({ path }) => path);
  expect(await chosen({ include: ["lib/**"] })).toEqual(["lib/charge.js"]);
  expect(await chosen({ exclude: ["lib/**", "tools/**"] })).toEqual([
    "index.js",
    "node_modules/left-pad/index.js",
  ]);
  await expect(chosen({ include: ["nothing/**"] })).rejects.toMatchObject({ code: "NothingToProbe" });
});

test.each([
  ["EmptyPackage", {}],
  ["NoJavaScript", { "app.py": "def handler(e, c): pass" }],
  ["NoJavaScript", { "index.ts": "export {}" }],
  ["NoJavaScript", { "data.bin": "x" }],
  ["NotAPackage", { "cdk.out": "{}", "asset.1/index.js": "1" }],
  ["NotAPackage", { "template.yaml": "", "Orders/index.js": "1" }],
  ["NotAPackage", { ".git/HEAD": "", "index.js": "1" }],
] as const)("%s: refused before anything is written: %j", async (code, files) => {
  const folder = packageOf(files);
  mkdirSync(folder, { recursive: true });
  await expect(probeFolder(folder)).rejects.toMatchObject({ code, remedy: expect.stringMatching(/\w/) });
  expect(Object.keys(everything(folder)).sort()).toEqual(Object.keys(files).sort());
});

test("a byte-order mark is no part of the copy, and of the original's hash", async () => {
  const folder = packageOf({ "index.js": "\uFEFFexports.handler = () => 1;\n" });
  const { manifest, contents } = await planProbes(folder);
  const [entry] = manifest.files;
  expect(entry?.original).toBe(sha256(readFileSync(join(folder, "index.js"))));
  expect(Buffer.from(contents.get(copyPath(entry?.copy ?? "")) ?? []).toString()).not.toContain("\uFEFF");
});

test("each kind of difference is found and told", async () => {
  const folder = packageOf(app);
  const changes: [string, (copy: string) => void, RegExp][] = [
    ["not probed", (at) => removeProbes(at), /has not been probed/],
    [
      "an edited original",
      (at) => writeFileSync(join(at, "index.js"), "exports.handler = () => 2;\n"),
      /index\.js has changed/,
    ],
    ["a new file", (at) => writeFileSync(join(at, "new.js"), "exports.n = 1;\n"), /new\.js has no copy/],
    ["a file that is gone", (at) => rmSync(join(at, "tools/clean.mjs")), /clean\.mjs has a copy/],
    ["an edited copy", (at) => editFirst(at, "copies"), /the copy of \S+ has been changed/],
    ["a cut plan", (at) => editFirst(at, "plans"), /the plan of \S+ has been changed/],
    [
      "a manifest of nobody's",
      (at) => writeFileSync(join(at, probesFolder, "manifest.json"), "[]"),
      /manifest\.json/,
    ],
    [
      "an edited manifest",
      (at) => {
        const file = join(at, probesFolder, "manifest.json");
        writeFileSync(file, readFileSync(file, "utf8").replace("commonjs", "module"));
      },
      /manifest\.json was changed after it was written/,
    ],
    [
      "something of another's",
      (at) => writeFileSync(join(at, probesFolder, "x"), ""),
      /x is not of this probing/,
    ],
  ];
  await probeFolder(folder);
  const told = async (at: string) => differences(readProbes(at), (await planProbes(at)).contents);
  expect(await told(folder)).toEqual([]);
  for (const [name, change, message] of changes) {
    const changed = join(root, `changed-${name.replaceAll(" ", "-")}`);
    cpSync(folder, changed, { recursive: true });
    change(changed);
    expect((await told(changed)).join("\n"), name).toMatch(message);
  }
});

function editFirst(folder: string, kind: string): void {
  const [first = ""] = readdirSync(join(folder, probesFolder, kind)).sort();
  const file = join(folder, probesFolder, kind, first);
  writeFileSync(file, readFileSync(file).subarray(1));
}

test("a package that may not be written is left as it is, with what to do", async () => {
  const folder = packageOf({ "index.js": "exports.handler = () => 1;\n" });
  chmodSync(folder, 0o555);
  const isRoot = process.getuid?.() === 0;
  const { contents } = await planProbes(folder);
  chmodSync(root, 0o755);
  if (isRoot) process.seteuid?.(65_534);
  try {
    expect(() => writeProbes(folder, contents)).toThrow(
      expect.objectContaining({
        code: "PackageNotWritable",
        remedy: expect.stringMatching(/^Allow writing there/),
      }),
    );
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
  expect(Object.keys(everything(folder))).toEqual(["index.js"]);
});
