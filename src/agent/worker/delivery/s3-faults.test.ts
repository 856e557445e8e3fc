import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { gunzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startLocalS3 } from "../../../local/s3/start.ts";
import type { Fault, LocalS3 } from "../../../local/s3/types.ts";
import { bucket, newFile, newTrial, readObject, within } from "./delivery.fixture.ts";
import { sha256 } from "./sigv4.ts";

/** Answers 200 and drops the connection 50 ms later, without announcing it. Says how many connections it had. */
const droppingServer = `
  const { parentPort } = require("node:worker_threads");
  let connections = 0;
  const server = require("node:net").createServer((socket) => {
    connections++;
    socket.once("data", () => {
      socket.write("HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n");
      setTimeout(() => socket.destroy(), 50);
    });
  });
  server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));
  parentPort.on("message", () => parentPort.postMessage(connections));
`;

let s3: LocalS3;
beforeAll(async () => {
  s3 = await startLocalS3({ buckets: [bucket] });
});
afterEach(async () => {
  await s3.setFaults();
  await s3.setClockOffset(0);
  await s3.clearRequests();
});
afterAll(() => s3.stop());

async function putsOf(key: string): Promise<number> {
  return (await s3.requests()).filter((request) => request.method === "PUT" && request.key === key).length;
}

test("a file arrives as it was sent, for the AWS SDK to read", async () => {
  const { delivery, lines } = newTrial(s3);
  const file = newFile({ measures: { initializationMs: 12.345, finalizationMs: 3 } });
  const result = await delivery.storeCoverage(file, within(2000));
  expect(result).toMatchObject({
    outcome: "stored",
    attempts: 1,
    fileSize: file.body.byteLength,
    s3Key: file.key,
  });
  const stored = await readObject(s3, file.key);
  expect(stored).toMatchObject({ contentType: "application/json", contentEncoding: "gzip" });
  // Buckets with Object Lock take nothing without a checksum.
  expect(stored?.checksumSha256).toBe(sha256(file.body).toString("base64"));
  expect(gunzipSync(stored?.body as Uint8Array).toString()).toBe(file.text);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({
    level: "INFO",
    source: "lambda-coverage",
    message: "Coverage file uploaded successfully",
    s3_key: file.key,
    file_size: file.body.byteLength,
    operation: "s3_upload",
    function_name: "orders",
    request_id: file.requestId,
  });
  expect(JSON.stringify(lines[0])).toMatch(
    /Performance.*coverage_initialization.*coverage_finalization.*s3_upload/,
  );
  expect(delivery.status()).toMatchObject({ s3: "ok", pendingFiles: 0, storedFiles: 1, breakerOpen: false });
});

describe("a fault that passes: the file is stored in the end", () => {
  const cases: [string, Fault, number][] = [
    ["connection refused", { kind: "refuse", times: 1 }, 2],
    ["reset in mid-body", { kind: "reset", times: 2 }, 3],
    ["reset after the effect", { kind: "reset", times: 1, afterEffect: true }, 2],
    ["hang", { kind: "hang", times: 1 }, 2],
    ["slow drip", { kind: "drip", times: 1, delayMs: 1 }, 1],
    ["500 InternalError", { kind: "InternalError", times: 2 }, 3],
    ["503 SlowDown", { kind: "SlowDown", times: 1 }, 2],
    ["409 conflict", { kind: "ConditionalRequestConflict", times: 1 }, 2],
    ["301 to another region", { kind: "PermanentRedirect" }, 1],
    ["307 to another region", { kind: "TemporaryRedirect" }, 1],
    ["400 AuthorizationHeaderMalformed", { kind: "AuthorizationHeaderMalformed" }, 1],
  ];
  test.each(cases)("%s", async (_name, fault, attempts) => {
    await s3.setFaults({ faults: [{ ...fault, match: { method: "PUT" } }] });
    const { delivery } = newTrial(s3);
    const file = newFile();
    const result = await delivery.storeCoverage(file, within(2000));
    expect(result).toMatchObject({ outcome: "stored", attempts });
    await s3.setFaults();
    expect(gunzipSync((await readObject(s3, file.key))?.body as Uint8Array).toString()).toBe(file.text);
  });

  test("a long body gets the time it needs in one go", async () => {
    await s3.setFaults({ faults: [{ kind: "delay", delayMs: 1300, match: { method: "PUT" } }] });
    const { delivery } = newTrial(s3);
    const file = newFile({ body: randomBytes(300 * 1024) });
    expect(await delivery.storeCoverage(file, within(2000))).toMatchObject({
      outcome: "stored",
      attempts: 1,
    });
  });

  test("a region once learnt is used from the start", async () => {
    await s3.setFaults({ faults: [{ kind: "AuthorizationHeaderMalformed" }] });
    const { delivery } = newTrial(s3);
    await delivery.storeCoverage(newFile(), within(2000));
    const second = newFile();
    await delivery.storeCoverage(second, within(2000));
    expect(await putsOf(second.key)).toBe(1);
  });

  test("a clock that is an hour off is corrected by the server's", async () => {
    await s3.setClockOffset(3_600_000);
    const { delivery } = newTrial(s3);
    const [first, second] = [newFile(), newFile()];
    expect(await delivery.storeCoverage(first, within(2000))).toMatchObject({
      outcome: "stored",
      attempts: 1,
    });
    await delivery.storeCoverage(second, within(2000));
    expect([await putsOf(first.key), await putsOf(second.key)]).toEqual([2, 1]);
  });

  test("a kept-alive connection that died while the environment was frozen costs no attempt", async () => {
    const server = new Worker(droppingServer, { eval: true });
    const [port] = (await once(server, "message")) as [number];
    const { delivery } = newTrial(s3, { AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}` });
    await delivery.storeCoverage(newFile(), within(2000));
    // Frozen: the server's FIN lies unread when the next put is written.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
    const result = await delivery.storeCoverage(newFile(), within(2000));
    expect(result).toMatchObject({ outcome: "stored", attempts: 1 });
    server.postMessage("count");
    expect(await once(server, "message")).toEqual([2]);
    await server.terminate();
  });
});

describe("a fault that stays: the file is kept, the log says what to do", () => {
  const cases: [string, Fault, number, string, RegExp | undefined][] = [
    [
      "403",
      { kind: "AccessDenied" },
      1,
      "AccessDenied",
      /allow s3:PutObject on arn:aws:s3:::coverage-bucket\/coverage\/\*/,
    ],
    ["404 NoSuchBucket", { kind: "NoSuchBucket" }, 1, "NoSuchBucket", /create the bucket coverage-bucket/],
    ["500", { kind: "InternalError" }, 3, "InternalError", undefined],
    ["reset", { kind: "reset" }, 3, "ECONNRESET", undefined],
    ["hang", { kind: "hang" }, 3, "Timeout", /gateway endpoint/],
    ["an answer slower than the budget", { kind: "delay", delayMs: 5000 }, 3, "Timeout", /gateway endpoint/],
    ["expired token", { kind: "ExpiredToken" }, 1, "ExpiredToken", /fresh credentials/],
    [
      "skew that correcting does not cure",
      { kind: "RequestTimeTooSkewed" },
      1,
      "RequestTimeTooSkewed",
      undefined,
    ],
  ];
  test.each(cases)("%s", async (_name, fault, attempts, code, remedy) => {
    await s3.setFaults({ faults: [fault] });
    const { delivery, lines } = newTrial(s3);
    const file = newFile();
    const result = await delivery.storeCoverage(file, within(1500));
    expect(result).toMatchObject({ outcome: "pending", attempts, error: { code } });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      level: "ERROR",
      error_type: "S3UploadError",
      request_id: file.requestId,
    });
    expect(lines[0]?.details).toMatchObject({ s3_key: file.key, error_code: code, retry_count: attempts });
    if (remedy !== undefined) expect(lines[0]?.details?.remedy).toMatch(remedy);
    expect(delivery.status()).toMatchObject({ s3: "failing", pendingFiles: 1, lastError: { code } });
    await s3.setFaults();
    expect(await delivery.retryPending(within(2000))).toBe(1);
    expect(gunzipSync((await readObject(s3, file.key))?.body as Uint8Array).toString()).toBe(file.text);
    expect(delivery.status()).toMatchObject({ pendingFiles: 0 });
  });

  test("no server at all", async () => {
    await s3.setFaults({ faults: [], notListening: true });
    const { delivery } = newTrial(s3);
    const result = await delivery.storeCoverage(newFile(), within(2000));
    expect(result).toMatchObject({ outcome: "pending", attempts: 3, error: { code: "ECONNREFUSED" } });
  });

  test("a host name that does not exist", async () => {
    const { delivery } = newTrial(s3, { AWS_ENDPOINT_URL_S3: "http://no-such-host.invalid" });
    const result = await delivery.storeCoverage(newFile(), within(1500));
    expect(result.outcome).toBe("pending");
    expect(["ENOTFOUND", "EAI_AGAIN", "ConnectTimeout", "Timeout"]).toContain(result.error?.code);
  });

  test("no time left: nothing is sent, the file is kept", async () => {
    const { delivery } = newTrial(s3);
    const file = newFile();
    const result = await delivery.storeCoverage(file, within(0));
    expect(result).toMatchObject({ outcome: "pending", attempts: 0, error: { code: "NoBudget" } });
    expect(await putsOf(file.key)).toBe(0);
  });

  test("an endpoint that is no URL, and no credentials: one clear error each", async () => {
    const bad = newTrial(s3, { AWS_ENDPOINT_URL_S3: "not a url" });
    expect((await bad.delivery.storeCoverage(newFile(), within(500))).error?.code).toBe("ERR_INVALID_URL");
    const none = newTrial(s3, { AWS_ACCESS_KEY_ID: "" });
    expect((await none.delivery.storeCoverage(newFile(), within(500))).error?.code).toBe("NoCredentials");
  });
});

test("credentials are read anew: an expired token is tried again with the new one", async () => {
  const old = {
    accessKeyId: "AKIAOLD",
    secretAccessKey: "old",
    sessionToken: "t1",
    expiresAt: Date.now() - 1,
  };
  const fresh = { accessKeyId: "AKIANEW", secretAccessKey: "new", sessionToken: "t2" };
  const main = { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey };
  await s3.setAccessKeys([main, old, fresh]);
  const { delivery, env } = newTrial(s3, {
    AWS_ACCESS_KEY_ID: old.accessKeyId,
    AWS_SECRET_ACCESS_KEY: old.secretAccessKey,
    AWS_SESSION_TOKEN: old.sessionToken,
  });
  expect((await delivery.storeCoverage(newFile(), within(2000))).error?.code).toBe("ExpiredToken");
  env.AWS_ACCESS_KEY_ID = fresh.accessKeyId;
  env.AWS_SECRET_ACCESS_KEY = fresh.secretAccessKey;
  env.AWS_SESSION_TOKEN = fresh.sessionToken;
  expect(await delivery.storeCoverage(newFile(), within(2000))).toMatchObject({ outcome: "stored" });
  await s3.setAccessKeys([main]);
});
