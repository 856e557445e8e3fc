import { request } from "node:http";
import {
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type FaultKind, type FaultPlan, type LocalS3, startLocalS3 } from "../index.ts";
import { deriveSessionKey } from "./session-keys.ts";

let s3: LocalS3;
const clients: S3Client[] = [];

beforeAll(async () => {
  s3 = await startLocalS3({ buckets: ["bucket"] });
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await s3.setFaults();
  await s3.setPolicy();
  await s3.setClockOffset(0);
  await s3.clearRequests();
});

afterAll(() => s3.stop());

function client(more: S3ClientConfig = {}): S3Client {
  const { accessKeyId, secretAccessKey, endpoint, region } = s3;
  const credentials = { accessKeyId, secretAccessKey };
  const made = new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1, ...more });
  clients.push(made);
  return made;
}

const put = (Key: string, Body = "body") => new PutObjectCommand({ Bucket: "bucket", Key, Body });
const fails = async (promise: Promise<unknown>) =>
  promise.then(
    () => "no error",
    (error) => error.code ?? error.name,
  );

test.each<[FaultKind, string, number]>([
  ["InternalError", "InternalError", 500],
  ["SlowDown", "SlowDown", 503],
  ["AccessDenied", "AccessDenied", 403],
  ["NoSuchBucket", "NoSuchBucket", 404],
  ["ConditionalRequestConflict", "ConditionalRequestConflict", 409],
  ["PreconditionFailed", "PreconditionFailed", 412],
  ["ExpiredToken", "ExpiredToken", 400],
  ["RequestTimeTooSkewed", "RequestTimeTooSkewed", 403],
  ["PermanentRedirect", "PermanentRedirect", 301],
])("%s is answered as S3 does, and nothing is stored", async (kind, code, status) => {
  await s3.setFaults({ faults: [{ kind }] });
  expect(await fails(client().send(put(kind)))).toBe(code);
  const [seen] = await s3.requests();
  expect(seen).toMatchObject({ operation: "PutObject", key: kind, status, errorCode: code, fault: kind });
  await s3.setFaults();
  expect(await fails(client().send(new GetObjectCommand({ Bucket: "bucket", Key: kind })))).toBe("NoSuchKey");
});

test("connections are reset, in the body too, and refused", async () => {
  await s3.setFaults({
    faults: [
      { kind: "refuse", times: 1 },
      { kind: "reset", times: 1, afterBytes: 2 },
    ],
  });
  expect(await fails(client().send(put("reset")))).toBe("ECONNRESET");
  expect(await fails(client().send(put("reset")))).toMatch(/ECONNRESET|EPIPE/);
  await client().send(put("reset"));
  expect((await s3.requests()).map((seen) => seen.status)).toEqual([undefined, undefined, 200]);
  await s3.setFaults({ faults: [], notListening: true });
  expect(await fails(client().send(put("reset")))).toBe("ECONNREFUSED");
  await s3.setFaults();
  await client().send(put("reset"));
});

test("a request can be carried out although its answer is lost", async () => {
  await s3.setFaults({ faults: [{ kind: "reset", afterEffect: true, times: 1 }] });
  expect(await fails(client().send(put("lost-answer")))).toBe("ECONNRESET");
  await client().send(new HeadObjectCommand({ Bucket: "bucket", Key: "lost-answer" }));
});

test("a hanging request lasts until its client gives up", async () => {
  await s3.setFaults({ faults: [{ kind: "hang" }] });
  const gaveUp = new AbortController();
  setTimeout(() => gaveUp.abort(), 50);
  expect(await fails(client().send(put("hang"), { abortSignal: gaveUp.signal }))).toBe("AbortError");
  expect((await s3.requests())[0]).toMatchObject({ fault: "hang" });
});

test("a bucket in another region: told so, the client signs anew and is served", async () => {
  await s3.setFaults({ faults: [{ kind: "AuthorizationHeaderMalformed" }] });
  const told = await client()
    .send(put("moved"))
    .catch((error) => error);
  expect(told).toMatchObject({ name: "AuthorizationHeaderMalformed", Region: s3.otherRegion });
  await client({ region: s3.otherRegion }).send(put("moved"));
});

test("a redirect leads to the second listener, which holds the same objects in its own region", async () => {
  await s3.setFaults({ faults: [{ kind: "TemporaryRedirect" }] });
  const location = await new Promise<string | undefined>((resolve, reject) => {
    request(`${s3.endpoint}/bucket/moved`, { method: "HEAD" }, (answer) => resolve(answer.headers.location))
      .on("error", reject)
      .end();
  });
  expect(location).toBe(`${s3.otherEndpoint}/bucket/moved`);
  await client({ endpoint: s3.otherEndpoint, region: s3.otherRegion }).send(put("there"));
  await s3.setFaults();
  await client().send(new HeadObjectCommand({ Bucket: "bucket", Key: "there" }));
  expect(await fails(client({ endpoint: s3.otherEndpoint }).send(put("there")))).toBe(
    "AuthorizationHeaderMalformed",
  );
});

test("faults strike where and as often as planned, and the same for the same seed", async () => {
  const plan: FaultPlan = {
    seed: 7,
    faults: [
      { kind: "SlowDown", match: { method: "PUT", key: "bucket/a*" }, after: 1, times: 2 },
      { kind: "InternalError", match: { key: "bucket/b*" }, probability: 0.5 },
    ],
  };
  const run = async () => {
    await s3.setFaults(plan);
    await s3.clearRequests();
    const sender = client();
    for (const key of ["a1", "a2", "a3", "a4", "c"]) await fails(sender.send(put(key)));
    for (let n = 0; n < 20; n++) await fails(sender.send(put(`b${n}`)));
    return (await s3.requests()).map((seen) => seen.status);
  };
  const first = await run();
  expect(first.slice(0, 5)).toEqual([200, 503, 503, 200, 200]);
  expect(new Set(first.slice(5))).toEqual(new Set([200, 500]));
  expect(await run()).toEqual(first);
});

test("a policy hides what is missing from those who may not list", async () => {
  const grant = { actions: ["s3:PutObject", "s3:GetObject"], resources: ["arn:aws:s3:::bucket/coverage/*"] };
  await s3.setPolicy({ allow: [grant] });
  await client().send(put("coverage/x"));
  expect(await fails(client().send(put("elsewhere/x")))).toBe("AccessDenied");
  const head = (Key: string) => client().send(new HeadObjectCommand({ Bucket: "bucket", Key }));
  await head("coverage/x");
  const status = async (Key: string) => head(Key).catch((error) => error.$metadata.httpStatusCode);
  expect(await status("coverage/missing")).toBe(403);
  await s3.setPolicy({ allow: [grant, { actions: ["s3:ListBucket"], resources: ["bucket"] }] });
  expect(await status("coverage/missing")).toBe(404);
});

test("clocks that differ by more than 15 minutes are refused", async () => {
  await s3.setClockOffset(20 * 60_000);
  expect(await fails(client().send(put("late")))).toBe("RequestTimeTooSkewed");
  await s3.setClockOffset(10 * 60_000);
  await client().send(put("late"));
});

test("temporary credentials need their token", async () => {
  const credentials = deriveSessionKey(s3, "some sandbox");
  await client({ credentials }).send(put("token"));
  const { sessionToken: _, ...without } = credentials;
  expect(await fails(client({ credentials: without }).send(put("token")))).toBe("InvalidAccessKeyId");
  const wrong = { ...credentials, sessionToken: "other" };
  expect(await fails(client({ credentials: wrong }).send(put("token")))).toBe("InvalidToken");
});
