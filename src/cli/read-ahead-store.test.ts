import fc from "fast-check";
import { expect, test } from "vitest";
import type { CoverageStore, StoredObject } from "../store/store.ts";
import { readAheadStore } from "./read-ahead-store.ts";

function storeOf(keys: string[], pauses: number[], failAt?: number): CoverageStore {
  return {
    location: "s3://bucket",
    async *list(): AsyncGenerator<StoredObject> {
      for (const [index, key] of keys.entries()) {
        if (index === failAt) throw new Error("AccessDenied");
        for (let turn = 0; turn < (pauses[index % pauses.length] ?? 0); turn++) await null;
        yield { key };
      }
    },
    get: async () => new Uint8Array(),
    put: async () => undefined,
  };
}

test("yields what the store lists, in order, however both sides pause", async () => {
  const pauses = fc.array(fc.nat(5), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string()), pauses, pauses, async (keys, listing, reading) => {
      const read: string[] = [];
      for await (const { key } of readAheadStore(storeOf(keys, listing)).list("")) {
        for (let turn = 0; turn < (reading[read.length % reading.length] ?? 0); turn++) await null;
        read.push(key);
      }
      expect(read).toEqual(keys);
    }),
  );
});

test("knows the total before the reader has come to the end", async () => {
  const keys = Array.from({ length: 50 }, (_, index) => `${index}.coverage`);
  const store = readAheadStore(storeOf([...keys, "report.json"], [0]));
  for await (const { key } of store.list("")) {
    await new Promise(setImmediate);
    if (key === "1.coverage") expect(store.listed).toBe(50);
  }
});

test("the listing's error comes after what was listed before it", async () => {
  const read: string[] = [];
  const all = async () => {
    for await (const { key } of readAheadStore(storeOf(["a", "b", "c"], [1], 2)).list("")) read.push(key);
  };
  await expect(all()).rejects.toThrow("AccessDenied");
  expect(read).toEqual(["a", "b"]);
});
