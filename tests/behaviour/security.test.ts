/** Nothing of events, environment or credentials leaves the function; nobody steers where objects go. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { functionKeyPatterns } from "../../src/contract/object-keys.ts";
import { bucket, Host } from "./host.ts";

/** Each secret a function may hold; any of them in an object, a file or a line of ours is a leak. */
const secrets = {
  event: "card-4111-1111-1111-1111",
  response: "iban-DE89370400440532013000",
  environment: "db-password-hunter2",
  thrown: "secret-in-an-error",
};

const source = `
exports.handler = async (event) => {
  if (event.fail) throw new Error(event.fail);
  return { iban: event.answer, length: event.card.length };
};
`;

let host: Host;
let code: string;
beforeAll(async () => {
  host = await Host.start();
  code = host.newFolder();
  writeFileSync(join(code, "index.js"), source);
});
afterEach(async () => {
  await host.s3.setPolicy();
  await host.s3.setFaults();
});
afterAll(() => host.stop());

function create(environment: Record<string, string> = {}): Promise<string> {
  return host.layered({
    code,
    handler: "index.handler",
    runtime: "nodejs24.x",
    environment: {
      DB_PASSWORD: secrets.environment,
      COVERAGE_DEBUG: "true",
      COVERAGE_METRICS: "true",
      ...environment,
    },
  });
}

const event = { card: secrets.event, answer: secrets.response };

async function everythingStored(): Promise<string> {
  const { endpoint, region, accessKeyId, secretAccessKey } = host.s3;
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  const texts = (await host.keys("")).map(async (key) => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return `${key}\n${gunzipSync((await Body?.transformToByteArray()) ?? "").toString("utf8")}`;
  });
  return (await Promise.all(texts)).join("\n");
}

/** Files of the sandbox's /tmp, those that wait for their upload unpacked. */
async function everythingInTmp(name: string): Promise<string> {
  const folders = (await host.lambda.sandboxes(name)).map(({ tmp }) => tmp);
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name))),
  );
  return files
    .map((data) => {
      const packed = data.indexOf(Buffer.from([0x1f, 0x8b]));
      return packed < 0
        ? data.toString("utf8")
        : `${data.subarray(0, packed)}${gunzipSync(data.subarray(packed))}`;
    })
    .join("\n");
}

test("with S3 up and down: no secret in objects, in /tmp, in the layer's log lines", async () => {
  const name = await create();
  const sent = [event, { ...event, fail: secrets.thrown }];
  for (const one of sent) await host.lambda.invoke(name, one);
  await host.s3.setFaults({ faults: [{ kind: "InternalError" }] });
  for (const one of sent) await host.lambda.invoke(name, one);
  const tmp = await everythingInTmp(name);
  await host.s3.setFaults();
  const stored = await everythingStored();
  const lines = JSON.stringify(await host.layerLines(name));
  expect(stored).toContain('"format":"lambda-coverage/1"');
  expect(tmp).toContain('"format":"lambda-coverage/1"');
  expect(lines).toContain("S3UploadError");
  const { secretAccessKey } = host.s3;
  for (const secret of [...Object.values(secrets), secretAccessKey, "AWS_SESSION_TOKEN"]) {
    expect(stored).not.toContain(secret);
    expect(tmp).not.toContain(secret);
    expect(lines).not.toContain(secret);
  }
});

const granted = functionKeyPatterns("coverage/").map((pattern) => `${bucket}/${pattern}`);
test.each([
  ["the documented grants", [{ actions: ["s3:GetObject"], resources: [`${bucket}/coverage-scripts/*`] }]],
  ["those without s3:GetObject", []],
])("least privilege, %s: coverage and scripts arrive, nothing else is asked of S3", async (_name, more) => {
  const name = await create();
  await host.s3.clearRequests();
  await host.s3.setPolicy({ allow: [{ actions: ["s3:PutObject"], resources: granted }, ...more] });
  const { statusCode, functionError } = await host.lambda.invoke(name, event);
  expect([statusCode, functionError]).toEqual([200, undefined]);
  const operations = new Set((await host.s3.requests()).map((request) => request.operation));
  expect([...operations].sort()).toEqual(["HeadObject", "PutObject"]);
  await host.s3.setPolicy();
  const [file] = await host.coverageFiles(name);
  for (const { script } of file?.scripts ?? []) expect(await host.keys(script as string)).toHaveLength(1);
  expect(file?.scripts.length).toBeGreaterThan(0);
});

test("a prefix that climbs stays below the bucket's root, in the day's folder", async () => {
  const name = await create({ COVERAGE_S3_PREFIX: "/../coverage-scripts/../x/" });
  await host.lambda.invoke(name, event);
  const written = (await host.keys("")).filter((key) => key.includes(name));
  expect(written).toEqual([expect.stringMatching(/\d{4}\/\d\d\/\d\d\/[A-Za-z0-9._$-]+\.coverage$/)]);
});
