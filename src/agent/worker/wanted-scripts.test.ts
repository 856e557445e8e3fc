import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { formatScriptKey } from "../../contract/object-keys.ts";
import { startLocalS3 } from "../../local/s3/start.ts";
import type { LocalS3 } from "../../local/s3/types.ts";
import { systemClock } from "./delivery/clock.ts";
import { bucket, newTrial, readObject, within } from "./delivery/delivery.fixture.ts";
import { sha256Hex } from "./delivery/sigv4.ts";
import { createWantedScripts, type WantedScripts } from "./wanted-scripts.ts";

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

/** As one environment has them; counts how many were packed. */
function newEnvironment(gone?: string): WantedScripts & { packed: string[]; lines: unknown[] } {
  const { delivery, lines } = newTrial(s3);
  const packed: string[] = [];
  const content = (sha256: string) => ({
    key: formatScriptKey(sha256),
    failure: { message: "Failed to upload script file" },
    pack: () => {
      packed.push(sha256);
      if (sha256 === gone) return undefined;
      return { body: gzipSync(`source of ${sha256}`), length: 100 };
    },
  });
  return { ...createWantedScripts({ delivery, clock: systemClock, content }), packed, lines };
}

const scriptsOf = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, at) => sha256Hex(`${name} ${at}`));

async function calls(): Promise<string[]> {
  const methods = (await s3.requests()).map(({ method, status }) => `${method} ${status}`);
  return methods.sort();
}

async function isStored(sha256: string): Promise<boolean> {
  const object = await readObject(s3, formatScriptKey(sha256));
  return object !== undefined && gunzipSync(object.body).toString() === `source of ${sha256}`;
}

test("the first environment puts each once; the next asks one question for all, and packs nothing", async () => {
  const scripts = scriptsOf("many", 10);
  const first = newEnvironment();
  first.add(scripts);
  await first.store(within(5000));
  expect(await calls()).toEqual(["HEAD 404", ...Array(11).fill("PUT 200")]);
  for (const sha256 of scripts) expect(await isStored(sha256)).toBe(true);
  await s3.clearRequests();

  const second = newEnvironment();
  second.add([...scripts].reverse());
  await second.store(within(5000));
  expect(await calls()).toEqual(["HEAD 200"]);
  expect(second.packed).toEqual([]);
});

test("what is known is not asked for again; a few scripts are asked for one by one", async () => {
  const environment = newEnvironment();
  const scripts = scriptsOf("few", 2);
  environment.add(scripts);
  environment.add(scripts);
  await environment.store(within(5000));
  await environment.store(within(5000));
  expect(await calls()).toEqual(["HEAD 404", "HEAD 404", "PUT 200", "PUT 200"]);
});

test("a set is noted only when all of it is stored; what is left goes on with the next call", async () => {
  const scripts = scriptsOf("late", 6);
  const first = newEnvironment();
  first.add(scripts);
  await s3.setFaults({ faults: [{ kind: "AccessDenied", match: { method: "PUT" }, after: 3 }] });
  await first.store(within(5000));
  const second = newEnvironment();
  second.add(scripts);
  await s3.clearRequests();
  await s3.setFaults();
  await second.store(within(0));
  expect(await calls()).toEqual([]);
  await first.store(within(5000));
  for (const sha256 of scripts) expect(await isStored(sha256)).toBe(true);
  await s3.clearRequests();
  await second.store(within(5000));
  expect(await calls()).toEqual(["HEAD 200"]);
});

test("another deployment shares most scripts: those are found there", async () => {
  const old = scriptsOf("old", 5);
  const first = newEnvironment();
  first.add(old);
  await first.store(within(5000));
  await s3.clearRequests();
  const second = newEnvironment();
  second.add([...old.slice(1), ...scriptsOf("new", 1)]);
  await second.store(within(5000));
  expect(await calls()).toEqual(["HEAD 404", "PUT 200", "PUT 200", ...Array(4).fill("PUT 412")]);
});

test("a script that is gone is said so once; the others are stored, and their set is not noted", async () => {
  const scripts = scriptsOf("partly gone", 6);
  const gone = scripts[2] as string;
  const first = newEnvironment(gone);
  first.add(scripts);
  await first.store(within(5000));
  await first.store(within(5000));
  for (const sha256 of scripts) expect(await isStored(sha256)).toBe(sha256 !== gone);
  expect(first.packed.filter((sha256) => sha256 === gone)).toHaveLength(1);
  expect(first.lines).toMatchObject([{ level: "WARNING", details: { s3_key: formatScriptKey(gone) } }]);

  const second = newEnvironment();
  second.add(scripts);
  await second.store(within(5000));
  expect(await isStored(gone)).toBe(true);
});
