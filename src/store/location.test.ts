import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseLocation } from "./location.ts";

let bucket: string;
let plain: string;
beforeAll(async () => {
  const base = await mkdtemp(path.join(tmpdir(), "lc-location-"));
  bucket = path.join(base, "bucket");
  plain = path.join(base, "plain");
  await mkdir(path.join(bucket, "coverage-scripts"), { recursive: true });
  await mkdir(path.join(bucket, "coverage/2026/11/20"), { recursive: true });
  await mkdir(plain);
  await writeFile(path.join(bucket, "coverage/2026/11/20/orders-1.coverage"), "");
});
afterAll(() => rm(path.dirname(bucket), { recursive: true, force: true }));

test.each([
  ["s3://my-bucket", ""],
  ["s3://my-bucket/", ""],
  ["s3://my-bucket/coverage", "coverage/"],
  ["s3://my-bucket/coverage/2026/11/20/", "coverage/2026/11/20/"],
  ["s3://my-bucket/coverage/2026/11/20/orders-*", "coverage/2026/11/20/orders-"],
  ["s3://my-bucket/coverage/2026/11/20/orders-1.coverage", "coverage/2026/11/20/orders-1.coverage"],
])("%s lists %j", (text, prefix) => {
  expect(parseLocation(text)).toEqual({ kind: "s3", bucket: "my-bucket", prefix });
});

test.each([
  ["", ""],
  ["coverage", "coverage/"],
  ["coverage/2026/11/20/", "coverage/2026/11/20/"],
  ["coverage/2026/11/20/orders-*", "coverage/2026/11/20/orders-"],
  ["coverage/2026/11/20/orders-1.coverage", "coverage/2026/11/20/orders-1.coverage"],
])("inside a copied bucket, %j finds the folder that holds coverage-scripts", (inside, prefix) => {
  expect(parseLocation(`${bucket}/${inside}`)).toEqual({ kind: "directory", root: bucket, prefix });
});

test("a folder without scripts is its own root", () => {
  expect(parseLocation(plain)).toEqual({ kind: "directory", root: plain, prefix: "" });
});

test.each(["s3://", "s3://Bad_Bucket/x", "https://bucket.s3.amazonaws.com/x", "./no/such/folder", ""])(
  "%j is refused with a remedy",
  (text) => {
    expect(() => parseLocation(text)).toThrowError(
      expect.objectContaining({ code: "InvalidLocation", remedy: expect.stringContaining("s3://") }),
    );
  },
);
