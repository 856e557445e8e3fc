import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { formatScriptKey } from "../../../contract/object-keys.ts";
import { startLocalS3 } from "../../../local/s3/start.ts";
import type { LocalS3 } from "../../../local/s3/types.ts";
import { bucket, newFile, newTrial, readObject, within } from "./delivery.fixture.ts";
import { sha256Hex } from "./sigv4.ts";

let s3: LocalS3;
beforeAll(async () => {
  s3 = await startLocalS3({ buckets: [bucket] });
});
afterEach(async () => {
  await s3.setFaults();
  await s3.setPolicy();
  await s3.clearRequests();
});
afterAll(() => s3.stop());

function newScript(source: string) {
  const failure = { message: "Failed to upload script file" };
  return { key: formatScriptKey(sha256Hex(source)), failure, body: gzipSync(source) };
}

async function calls(): Promise<string[]> {
  return (await s3.requests()).map((request) => `${request.method} ${request.status}`);
}

test("a script is stored once: the second environment only asks", async () => {
  const script = newScript("first");
  expect(await newTrial(s3).delivery.storeContent(script, within(2000))).toBe("stored");
  expect(await newTrial(s3).delivery.storeContent(script, within(2000))).toBe("exists");
  expect(await calls()).toEqual(["HEAD 404", "PUT 200", "HEAD 200"]);
});

/** The two sets of grants that the docs promise to be enough. */
const grants = {
  "PutObject on both prefixes, GetObject on the scripts": [
    { actions: ["s3:PutObject"], resources: [`${bucket}/coverage/*`, `${bucket}/coverage-scripts/*`] },
    { actions: ["s3:GetObject"], resources: [`${bucket}/coverage-scripts/*`] },
  ],
  "PutObject alone": [
    { actions: ["s3:PutObject"], resources: [`${bucket}/coverage/*`, `${bucket}/coverage-scripts/*`] },
  ],
};

test.each(Object.entries(grants))("enough: %s", async (name, allow) => {
  await s3.setPolicy({ allow });
  const { delivery } = newTrial(s3);
  const [file, script] = [newFile(), newScript(name)];
  expect(await delivery.storeCoverage(file, within(2000))).toMatchObject({ outcome: "stored" });
  expect(await delivery.storeContent(script, within(2000))).toBe("stored");
  // Missing keys answer 403 without s3:ListBucket; a script that is there answers 200, 403 or 412.
  expect(await delivery.storeContent(script, within(2000))).toBe("exists");
  await s3.setPolicy();
  expect(gunzipSync((await readObject(s3, script.key))?.body as Uint8Array).toString()).toBe(name);
});

test("two environments at once: whoever comes second finds it there", async () => {
  const script = newScript("race");
  await s3.setFaults({ faults: [{ kind: "PreconditionFailed", match: { method: "PUT" } }] });
  expect(await newTrial(s3).delivery.storeContent(script, within(2000))).toBe("exists");
});

test("a conflict is tried again", async () => {
  const script = newScript("conflict");
  await s3.setFaults({
    faults: [{ kind: "ConditionalRequestConflict", match: { method: "PUT" }, times: 1 }],
  });
  expect(await newTrial(s3).delivery.storeContent(script, within(2000))).toBe("stored");
});

test("a script that cannot be stored is said so, with what to allow", async () => {
  await s3.setPolicy({ allow: [] });
  const { delivery, lines } = newTrial(s3);
  const script = newScript("denied");
  expect(await delivery.storeContent(script, within(2000))).toBe("failed");
  expect(lines).toHaveLength(1);
  expect(lines[0]?.details?.remedy).toContain(`s3:PutObject on arn:aws:s3:::${bucket}/coverage-scripts/*`);
});
