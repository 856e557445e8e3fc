import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { cachedFolder } from "./cache.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "cache-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test("whoever comes at the same time waits for the first, and finds the folder whole", async () => {
  let made = 0;
  const make = async (folder: string) => {
    made++;
    writeFileSync(join(folder, "half"), "");
    await new Promise((resolve) => setTimeout(resolve, 50));
    writeFileSync(join(folder, "whole"), "yes");
  };
  const folders = await Promise.all([1, 2, 3].map(() => cachedFolder("part", make, directory)));
  expect(made).toBe(1);
  for (const folder of folders) expect(readFileSync(join(folder, "whole"), "utf8")).toBe("yes");
  expect(readdirSync(directory)).toEqual(["part"]);
});

test("what could not be made leaves nothing behind, and the next one tries again", async () => {
  const failing = cachedFolder("part", () => Promise.reject(new Error("no network")), directory);
  await expect(failing).rejects.toThrow("no network");
  expect(readdirSync(directory)).toEqual([]);
  await cachedFolder("part", async () => {}, directory);
  expect(existsSync(join(directory, "part"))).toBe(true);
});

test("the lock of a process that is gone is taken over", async () => {
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  writeFileSync(join(directory, "part.lock"), String(pid));
  await cachedFolder("part", async () => {}, directory);
  expect(readdirSync(directory)).toEqual(["part"]);
});
