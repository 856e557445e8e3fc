import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import type { CoverageFile } from "../contract/coverage-file.ts";
import { formatCoverageKey, formatExecutionId } from "../contract/object-keys.ts";
import { DirectoryStore } from "../store/directory-store.ts";
import { awaitCoverage } from "./arrival.ts";

const folder = mkdtempSync(join(tmpdir(), "load-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const store = new DirectoryStore(folder);
const now = new Date();

async function storeFile(requestIds: string[], sequence: number, lost?: string): Promise<void> {
  const startedAt = now.toISOString();
  const file: CoverageFile = {
    format: "lambda-coverage/1",
    function: { name: "orders", version: "$LATEST", region: "eu-west-1", runtime: "nodejs24.x" },
    environment: { id: "environment", sequence },
    invocations: requestIds.map((requestId) => ({ requestId, startedAt, durationMs: 1, outcome: "ok" })),
    granularity: "block",
    collectedFrom: "start",
    ...(lost !== undefined && { lost: { reason: lost } }),
    scripts: [],
  };
  const executionId = formatExecutionId(now, requestIds[0] as string);
  const key = formatCoverageKey({ prefix: "coverage/", functionName: "orders", executionId, date: now });
  await store.put(key, gzipSync(JSON.stringify(file)));
}

test("a file counts for every invocation in it; a lost record for none; a key alone proves nothing", async () => {
  await storeFile(["first", "second"], 0);
  await storeFile(["killed"], 1, "killed");
  const executionId = formatExecutionId(now, "corrupt");
  await store.put(
    formatCoverageKey({ prefix: "coverage/", functionName: "orders", executionId, date: now }),
    Buffer.from("not gzip"),
  );
  const functionName = "arn:aws:lambda:eu-west-1:123456789012:function:orders:live";
  const arrival = await awaitCoverage({
    store,
    prefix: "coverage",
    expected: ["first", "second", "killed", "corrupt", "never"].map((requestId) => ({
      requestId,
      functionName,
      operation: "any",
    })),
    from: now,
    patienceMs: 0,
    pollMs: 1,
  });
  expect(arrival).toMatchObject({ expected: 5, arrived: 2 });
  expect(arrival.missing.map(({ requestId, reason }) => [requestId, reason])).toEqual([
    ["killed", "lost: killed"],
    ["corrupt", "no coverage file names it"],
    ["never", "no coverage file names it"],
  ]);
});
