import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { combine } from "../combine/index.ts";
import { readBytes } from "../combine/read/read-object.ts";
import { startLocalS3 } from "../local/s3/start.ts";
import type { LocalS3 } from "../local/s3/types.ts";
import { openStore } from "./open-store.ts";
import { openS3Store } from "./s3-store.ts";
import type { CoverageStore } from "./store.ts";

let s3: LocalS3;
let store: CoverageStore;

const bytes = (text: string) => new TextEncoder().encode(text);

async function open(bucket: string, more: { accessKeyId?: string } = {}): Promise<CoverageStore> {
  const { accessKeyId, secretAccessKey } = s3;
  return openS3Store(bucket, {
    endpoint: s3.endpoint,
    region: s3.region,
    credentials: { accessKeyId, secretAccessKey, ...more },
  });
}

async function keys(from: CoverageStore, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const object of from.list(prefix)) found.push(object.key);
  return found;
}

beforeAll(async () => {
  s3 = await startLocalS3({ buckets: ["coverage-bucket"] });
  store = await open("coverage-bucket");
});
afterAll(() => s3?.stop());
afterEach(async () => {
  await s3.setFaults();
  await s3.setPolicy();
});

test("reads back byte for byte what it stored, with its content type", async () => {
  const body = Uint8Array.from({ length: 70_000 }, (_, index) => (index * 7) % 251);
  await store.put("coverage/a é.coverage", body, {
    contentType: "application/json",
    contentEncoding: "gzip",
  });
  expect(await store.get("coverage/a é.coverage")).toEqual(body);
});

test("lists every page in order, below the prefix only", async () => {
  const wanted = Array.from(
    { length: 1050 },
    (_, index) => `pages/${String(index).padStart(4, "0")}.coverage`,
  );
  for (let at = 0; at < wanted.length; at += 50) {
    await Promise.all(wanted.slice(at, at + 50).map((key) => store.put(key, bytes("x"))));
  }
  await store.put("pages-of-others/x.coverage", bytes("x"));
  await s3.clearRequests();
  expect(await keys(store, "pages/")).toEqual(wanted);
  const lists = (await s3.requests()).filter((request) => request.operation === "ListObjectsV2");
  expect(lists).toHaveLength(2);
});

test("a body that breaks off is asked for again, a request at most 3 times", async () => {
  await store.put("broken.coverage", bytes("x".repeat(100_000)));
  await s3.setFaults({ faults: [{ kind: "reset", match: { method: "GET" }, afterBytes: 5_000, times: 2 }] });
  expect(await store.get("broken.coverage")).toHaveLength(100_000);

  await s3.setFaults({ faults: [{ kind: "SlowDown" }] });
  await s3.clearRequests();
  await expect(store.get("broken.coverage")).rejects.toMatchObject({ code: "StoreFailed" });
  expect(await s3.requests()).toHaveLength(3);
});

test("combine adds no tries of its own", async () => {
  await store.put("broken.coverage", bytes("x"));
  await s3.setFaults({ faults: [{ kind: "SlowDown" }] });
  await s3.clearRequests();
  await expect(readBytes(store, "broken.coverage")).rejects.toMatchObject({ reason: "unreadable" });
  expect(await s3.requests()).toHaveLength(3);
});

test("a redirect to the bucket's region is followed with a signature for it", async () => {
  await store.put("redirected", bytes("x"));
  await s3.clearRequests();
  await s3.setFaults({ faults: [{ kind: "PermanentRedirect", times: 1 }] });
  // Behind a custom endpoint the SDK keeps the host, so this listener refuses what AWS's other one would take.
  await expect(store.get("redirected")).rejects.toMatchObject({ code: "WrongRegion" });
  expect((await s3.requests()).map(({ status, region }) => [status, region])).toEqual([
    [301, "us-east-1"],
    [400, "eu-central-1"],
  ]);
});

describe("errors say what to do", () => {
  test("no bucket", async () => {
    const other = await open("no-such-bucket");
    await expect(keys(other, "coverage/")).rejects.toMatchObject({
      code: "NoSuchBucket",
      message: expect.stringContaining("no-such-bucket"),
    });
    await expect(other.put("k", bytes("x"))).rejects.toMatchObject({ code: "NoSuchBucket" });
  });

  test("no object", async () => {
    await expect(store.get("coverage/none")).rejects.toMatchObject({
      code: "NoSuchKey",
      key: "coverage/none",
    });
  });

  test.each([
    ["list", "s3:ListBucket", () => keys(store, "coverage/")],
    ["get", "s3:GetObject", () => store.get("coverage/x")],
    ["put", "s3:PutObject", () => store.put("coverage/x", bytes("x"))],
  ])("no permission to %s names %s and the resource", async (_, action, attempt) => {
    await s3.setPolicy({ allow: [] });
    await expect(attempt()).rejects.toMatchObject({
      code: "AccessDenied",
      action,
      remedy: expect.stringContaining(`Allow ${action} on arn:aws:s3:::coverage-bucket`),
    });
  });

  test("expired credentials, unknown keys", async () => {
    await s3.setFaults({ faults: [{ kind: "ExpiredToken" }] });
    await expect(store.get("x")).rejects.toMatchObject({ code: "ExpiredCredentials" });
    await s3.setFaults();
    const stranger = await open("coverage-bucket", { accessKeyId: "AKIASTRANGER" });
    await expect(stranger.get("x")).rejects.toMatchObject({ code: "BadCredentials" });
  });

  test("nobody there: one error, not a skipped file each", async () => {
    await s3.setFaults({ faults: [], notListening: true });
    const gone = await open("coverage-bucket");
    await expect(keys(gone, "")).rejects.toMatchObject({ code: "Unreachable" });
    const listed = ["coverage/a.coverage", "coverage/b.coverage"];
    await expect(combine({ store: gone, prefix: "", keys: listed })).rejects.toMatchObject({
      code: "Unreachable",
    });
  });

  test("another region: one error, too", async () => {
    await store.put("coverage/a.coverage", bytes("x"));
    await s3.setFaults({ faults: [{ kind: "PermanentRedirect" }] });
    await expect(combine({ store, prefix: "", keys: ["coverage/a.coverage"] })).rejects.toMatchObject({
      code: "WrongRegion",
    });
  });
});

test("AWS_ENDPOINT_URL_S3 and the environment's credentials are what s3:// opens", async () => {
  const { AWS_ENDPOINT_URL_S3, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION } = process.env;
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
  });
  delete process.env.AWS_REGION;
  try {
    const opened = await openStore("s3://coverage-bucket/coverage/2026");
    await opened.store.put(`${opened.prefix}x.coverage`, bytes("through the environment"));
    expect(await keys(opened.store, opened.prefix)).toEqual(["coverage/2026/x.coverage"]);
  } finally {
    restore({ AWS_ENDPOINT_URL_S3, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION });
  }
});

test("more files on their way than sockets: none takes waiting for one for a host that is down", async () => {
  const { AWS_DEFAULTS_MODE } = process.env;
  // A connection is given 1.1 s in it.
  process.env.AWS_DEFAULTS_MODE = "in-region";
  const server = createServer((_, response) => setTimeout(() => response.end("{}"), 1_500)).listen(0);
  try {
    await once(server, "listening");
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { accessKeyId, secretAccessKey } = s3;
    const credentials = { accessKeyId, secretAccessKey };
    const slow = await openS3Store("coverage-bucket", { endpoint, region: "us-east-1", credentials });
    const reads = Array.from({ length: 128 }, (_, index) => slow.get(`${index}.coverage`));
    expect(await Promise.allSettled(reads)).toEqual(
      reads.map(() => ({ status: "fulfilled", value: Uint8Array.from(bytes("{}")) })),
    );
  } finally {
    restore({ AWS_DEFAULTS_MODE });
    server.closeAllConnections();
    server.close();
  }
}, 20_000);

function restore(variables: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}
