import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DirectoryStore } from "./directory-store.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "lc-store-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function keys(store: DirectoryStore, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const object of store.list(prefix)) found.push(object.key);
  return found;
}

const bytes = (text: string) => new TextEncoder().encode(text);

test("lists what a bucket would: every key below the prefix, in the order of UTF-8 bytes", async () => {
  const segment = fc.stringMatching(/^[a-c.é😀ﬀ-]{1,3}$/u).filter((text) => !/^\.+$/.test(text));
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"))),
      segment,
      async (wanted, prefix) => {
        // A folder cannot hold the file `a` and the file `a/b`, a bucket can.
        const possible = wanted.filter((key) => !wanted.some((other) => other.startsWith(`${key}/`)));
        const folder = await mkdtemp(path.join(root, "run-"));
        const store = new DirectoryStore(folder);
        for (const key of possible) await store.put(key, bytes(key));
        const bucket = possible
          .filter((key) => key.startsWith(prefix))
          .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        expect(await keys(store, prefix)).toEqual(bucket);
      },
    ),
    { numRuns: 60 },
  );
});

test("a key never leads out of the folder, neither by dots nor by links", async () => {
  const outside = path.join(root, "outside");
  await mkdir(outside);
  await writeFile(path.join(outside, "secret"), "secret");
  const store = new DirectoryStore(path.join(root, "bucket"));
  await store.put("a/b", bytes("inside"));
  await symlink(outside, path.join(root, "bucket", "link"));

  for (const key of ["../outside/secret", "a/../../outside/secret", "/etc/passwd", "a\\..\\..\\x", "a\0b"]) {
    await expect(store.get(key)).rejects.toMatchObject({ code: "InvalidKey" });
    await expect(store.put(key, bytes("x"))).rejects.toMatchObject({ code: "InvalidKey" });
  }
  expect(await keys(store, "")).toEqual(["a/b"]);
  expect(await readFile(path.join(outside, "secret"), "utf8")).toBe("secret");
});

test("a missing key is an error with a code and a remedy", async () => {
  const store = new DirectoryStore(root);
  await expect(store.get("coverage/x.coverage")).rejects.toMatchObject({
    code: "NoSuchKey",
    key: "coverage/x.coverage",
  });
});
