import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readSources } from "./source-files.ts";

let folder: string;
let root: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "lc-sources-"));
  root = path.join(folder, "repo");
  const secrets = [
    ".env",
    ".env.ts",
    ".git/config",
    ".git/hook.js",
    "config/secrets.yaml",
    "id_rsa",
    "package.json",
  ];
  for (const name of [...secrets, "src/a.ts", "src/b.jsx", "lib/c.py", "app/d.vue", "../outside.ts"]) {
    const file = path.join(root, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, `text of ${name}`);
  }
  await symlink(path.join(folder, "outside.ts"), path.join(root, "src/link.ts"));
  await symlink(path.join(root, ".git/config"), path.join(root, "src/config.ts"));
  await symlink("/etc/hostname", path.join(root, "src/hostname.js"));
  await symlink(folder, path.join(root, "src/up"));
  await symlink(path.join(root, "src/a.ts"), path.join(root, "src/same.ts"));
  await symlink(path.join(root, "src/loop.ts"), path.join(root, "src/loop.ts"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("a report's sources are read; what a source map may name besides is not", async () => {
  const sources = ["src/a.ts", "src/b.jsx", "lib/c.py", "app/d.vue", "src/same.ts", "./src/../src/a.ts"];
  const named = [
    ...[".env", ".env.ts", ".git/config", ".git/hook.js", "config/secrets.yaml", "id_rsa", "package.json"],
    ...["src/link.ts", "src/config.ts", "src/hostname.js", "src/up/outside.ts", "src/loop.ts"],
    ...["../outside.ts", path.join(folder, "outside.ts"), "src/../../outside.ts", "/etc/hostname"],
    ...["src", "src/missing.ts", "src/a.ts/x.ts", "x\0.ts", `${"x".repeat(5000)}.ts`],
  ];
  const read = await readSources(root, new Set([...sources, ...named]));
  expect([...read.keys()]).toEqual(sources);
  expect(read.get("src/same.ts")).toBe("text of src/a.ts");
  expect([...(await readSources(path.join(root, "src/up/repo"), new Set(["src/a.ts"]))).keys()]).toEqual([
    "src/a.ts",
  ]);
});
