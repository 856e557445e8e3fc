import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { CoverageFile } from "../../../contract/coverage-file.ts";
import { formatLostKey } from "../../../contract/object-keys.ts";
import { startLocalS3 } from "../../../local/s3/start.ts";
import type { LocalS3 } from "../../../local/s3/types.ts";
import { markerPath, markersIn, writeMarker } from "../../shared/open-marker.ts";
import {
  bucket,
  environment,
  markerOf,
  newFile,
  newTmpDir,
  newTrial,
  readObject,
  within,
} from "./delivery.fixture.ts";
import { newMarker } from "./markers.ts";
import type { CoverageUpload } from "./uploads.ts";

let s3: LocalS3;
beforeAll(async () => {
  s3 = await startLocalS3({ buckets: [bucket] });
});
afterEach(async () => {
  await s3.setFaults();
  await s3.clearRequests();
});
afterAll(() => s3.stop());

const denied = { faults: [{ kind: "AccessDenied" as const }] };

async function storedFile(key: string): Promise<CoverageFile | undefined> {
  const object = await readObject(s3, key);
  return object && JSON.parse(gunzipSync(object.body).toString());
}

const lostKeyOf = ({ key, sequence }: CoverageUpload) => formatLostKey(key, sequence);

test("nothing is overwritten: an answer that got lost, and a marker that outlived its file", async () => {
  const owed = {
    environmentId: "env-killed",
    sequence: 7,
    requestId: "r",
    startedAt: Date.UTC(2026, 10, 20),
  };
  const file = newFile({ ...owed, key: newMarker(environment, owed).key });
  const first = newTrial(s3);
  // Stored, but nobody hears of it: the same file waits in /tmp, too.
  await s3.setFaults({ faults: [{ kind: "reset", afterEffect: true, times: 3 }] });
  expect((await first.delivery.storeCoverage(file, within(3000))).outcome).toBe("pending");
  await s3.setFaults();
  const second = newTrial(s3, {}, first.tmpDir);
  expect(await second.delivery.retryPending(within(2000))).toBe(1);
  expect(second.delivery.status()).toMatchObject({ pendingFiles: 0, s3: "ok" });
  // Killed between the PUT and the end of its marker: the record lies beside the file, not in its place.
  writeMarker(markersIn(first.tmpDir), owed);
  expect(await newTrial(s3, {}, first.tmpDir).delivery.retryPending(within(2000))).toBe(1);
  expect(await storedFile(file.key)).toEqual(JSON.parse(file.text));
  expect(await storedFile(lostKeyOf(file))).toMatchObject({ lost: { reason: "killed" } });
});

test("the next process of the sandbox stores what the one before could not", async () => {
  const first = newTrial(s3);
  await s3.setFaults(denied);
  const files = [newFile(), newFile()];
  for (const file of files) {
    first.delivery.markers.open(markerOf(file));
    await first.delivery.storeCoverage(file, within(2000));
  }
  await s3.setFaults();
  const second = newTrial(s3, {}, first.tmpDir);
  expect(second.delivery.status().pendingFiles).toBe(2);
  expect(await second.delivery.retryPending(within(2000))).toBe(2);
  for (const file of files) expect(await storedFile(file.key)).toEqual(JSON.parse(file.text));
  expect(second.delivery.markers.lost()).toEqual([]);
  expect(readdirSync(join(first.tmpDir, "open"))).toEqual([]);
});

test("beyond 32 files the oldest goes, is counted, and leaves a lost record", async () => {
  const { delivery } = newTrial(s3);
  // Its counters were still in V8 when the circuit breaker was open.
  const earlier = {
    requestId: "r-0",
    startedAt: "2026-11-20T10:00:00.000Z",
    durationMs: 1,
    outcome: "ok",
  } as const;
  await s3.setFaults(denied);
  const files = Array.from({ length: 33 }, () => newFile());
  for (const file of files) {
    delivery.markers.open({ ...markerOf(file), invocations: [earlier] });
    await delivery.storeCoverage(file, within(2000));
  }
  expect(delivery.status()).toMatchObject({ pendingFiles: 32, droppedFiles: 1 });
  await s3.setFaults();
  expect(await delivery.retryPending(within(20_000))).toBe(33);
  const [oldest, next] = files;
  expect(await storedFile(oldest?.key as string)).toBeUndefined();
  expect(await storedFile(lostKeyOf(oldest as CoverageUpload))).toMatchObject({
    format: "lambda-coverage/1",
    environment: { id: "env-a", sequence: oldest?.sequence },
    invocations: [earlier],
    lost: { reason: "fallback-full" },
    scripts: [],
  });
  expect(await storedFile(next?.key as string)).toEqual(JSON.parse(next?.text as string));
  expect(delivery.status()).toMatchObject({ pendingFiles: 0, s3: "ok" });
});

test("beyond 16 MB the oldest go; a file that is too big by itself is dropped alone", async () => {
  const { delivery } = newTrial(s3);
  await s3.setFaults(denied);
  const sized = (megabytes: number) => newFile({ body: new Uint8Array(megabytes * 1024 * 1024) });
  for (const megabytes of [6, 6, 3]) await delivery.storeCoverage(sized(megabytes), within(5000));
  expect(delivery.status()).toMatchObject({ pendingFiles: 3, droppedFiles: 0 });
  expect((await delivery.storeCoverage(sized(5), within(5000))).outcome).toBe("pending");
  expect(delivery.status()).toMatchObject({ pendingFiles: 3, droppedFiles: 1 });
  expect((await delivery.storeCoverage(sized(17), within(5000))).outcome).toBe("dropped");
  expect(delivery.status()).toMatchObject({ pendingFiles: 3, droppedFiles: 2 });
});

test("a /tmp that takes nothing: the file is dropped, said so, and nothing throws", async () => {
  const tmpDir = newTmpDir();
  writeFileSync(join(tmpDir, "pending"), "a file where the folder should be");
  writeFileSync(join(tmpDir, "open"), "here too");
  const { delivery, lines } = newTrial(s3, {}, tmpDir);
  await s3.setFaults(denied);
  const file = newFile();
  delivery.markers.open(markerOf(file));
  expect((await delivery.storeCoverage(file, within(2000))).outcome).toBe("dropped");
  expect(lines[0]?.details).toMatchObject({ outcome: "dropped", dropped_files: 1 });
});

test("a file cut off by a full disk is removed, not stored", async () => {
  const { delivery, tmpDir } = newTrial(s3);
  await s3.setFaults(denied);
  await delivery.storeCoverage(newFile(), within(2000));
  await s3.setFaults();
  const [name] = readdirSync(join(tmpDir, "pending"));
  writeFileSync(join(tmpDir, "pending", name as string), '{"key":"coverage/x","bytes":10}\nabc');
  expect(await delivery.retryPending(within(2000))).toBe(0);
  expect(delivery.status().pendingFiles).toBe(0);
});

test("what a killed process owed becomes a lost record; a living one's is left alone", async () => {
  const tmpDir = newTmpDir();
  const file = newFile({ environmentId: "env-killed" });
  const marker = JSON.stringify(markerOf(file));
  const script = `
    import { createMarkers } from ${JSON.stringify(new URL("./markers.ts", import.meta.url).href)};
    createMarkers(${JSON.stringify(join(tmpDir, "open"))}, ${JSON.stringify(environment)}).open(${marker});
    console.log("open");
    setInterval(() => {}, 1000);
  `;
  const args = ["--import", import.meta.resolve("tsx"), "--input-type=module", "-e", script];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  const { delivery, lines } = newTrial(s3, {}, tmpDir);
  expect(await delivery.retryPending(within(2000))).toBe(0);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(await delivery.retryPending(within(2000))).toBe(1);
  expect(await storedFile(lostKeyOf(file))).toMatchObject({
    environment: { id: "env-killed", sequence: file.sequence },
    lost: { reason: "killed" },
  });
  expect(lines.at(-1)).toMatchObject({ level: "WARNING", request_id: file.requestId });
  expect(await delivery.retryPending(within(2000))).toBe(0);
});

test("the main thread's marker, over what the worker wrote at the same time, becomes a whole lost record", async () => {
  const { delivery, tmpDir } = newTrial(s3);
  const directory = markersIn(tmpDir);
  const startedAt = Date.UTC(2026, 10, 20, 10, 11, 12, 13);
  writeMarker(directory, { environmentId: "env-early", sequence: 0, requestId: "early", startedAt });
  appendFileSync(markerPath(directory, "env-early", 0), '"granularity":"block"}\n');
  // As the main thread's of this very process: what it owes may still be stored.
  const { environmentId } = environment;
  writeMarker(directory, { environmentId, sequence: 0, requestId: "own", startedAt });
  expect(await delivery.retryPending(within(2000))).toBe(1);
  expect(await storedFile("coverage/2026/11/20/orders-101112013-early-lost-0.coverage")).toEqual({
    format: "lambda-coverage/1",
    function: environment.function,
    environment: { id: "env-early", sequence: 0 },
    invocations: [],
    granularity: "block",
    collectedFrom: "start",
    lost: { reason: "killed" },
    scripts: [],
  });
  expect(readdirSync(directory)).toEqual([`${environmentId}-0.open`]);
});

test("a marker that is not what its name says is removed, and nothing else", async () => {
  const { delivery, tmpDir } = newTrial(s3);
  const directory = markersIn(tmpDir);
  delivery.markers.open(markerOf(newFile({ environmentId: "env-reader" })));
  const [own] = readdirSync(directory);
  const foreign = { environmentId: "../../env", sequence: 0, requestId: "r", startedAt: 0, pid: 0 };
  writeFileSync(join(directory, "foreign-0.open"), `${JSON.stringify(foreign)}\n`);
  writeFileSync(join(directory, "cut-0.open"), '{"environmentId":"cut","sequ');
  expect(await delivery.retryPending(within(2000))).toBe(0);
  expect(readdirSync(directory)).toEqual([own]);
});
