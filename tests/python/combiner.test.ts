/** Python's combiner function: what it leaves out is named by its key, in the result and in the log. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bucket, fixtures, type Host, type PythonRuntime, runtimesAtHand, startHost } from "./harness.ts";

const newest = (await runtimesAtHand()).at(-1) as PythonRuntime;
const folder = mkdtempSync(join(tmpdir(), "python-combiner-"));
let host: Host;

beforeAll(async () => {
  host = await startHost();
  writeFileSync(
    join(folder, "combiner.py"),
    "from coverage_wrapper.combiner import coverage_combiner_handler as handler\n",
  );
  await host.deploy({
    name: "combiner",
    runtime: newest,
    code: folder,
    handler: "combiner.handler",
    wrapper: false,
    timeoutSeconds: 60,
    memoryMb: 1024,
  });
  await host.deploy({ name: "app", runtime: newest, code: join(fixtures, "app"), handler: "handlers.ok" });
  await host.lambda.invoke("app", { net: 10 });
});
afterAll(async () => {
  await host.stop();
  rmSync(folder, { recursive: true });
});

test("an EventBridge event is obeyed; a broken object is named by its key, in the result and in the log", async () => {
  const key = "coverage/app/2026/01/01/app-000000000-broken.coverage";
  await host.store.put(key, Buffer.from("no gzip"));
  const event = {
    "detail-type": "daily report",
    detail: { bucket, prefix: "coverage/app/", output_key: "reports/app.json" },
  };
  const result = JSON.parse((await host.lambda.invoke("combiner", event)).payload);
  expect(result).toMatchObject({
    files_processed: 1,
    files_skipped: 1,
    output_location: `s3://${bucket}/reports/app.json`,
    errors: [expect.stringContaining(`${key} was skipped: `)],
  });
  const warnings = (await host.lambda.logs("combiner"))
    .split("\n")
    .filter((line) => line.includes("WARNING"));
  expect(warnings.map((line) => JSON.parse(line).message)).toEqual([
    `Left out of the report: ${result.errors[0]}`,
  ]);
});

test("S3 says no: one of this package's errors, with S3's code and the number of tries", async () => {
  const answer = async (event: unknown) =>
    JSON.parse((await host.lambda.invoke("combiner", event)).payload) as Record<string, string>;
  expect(await answer({ bucket: "no-such-bucket-at-all", prefix: "coverage/" })).toMatchObject({
    errorType: "CoverageCombineError",
    errorMessage: expect.stringContaining("s3://no-such-bucket-at-all/coverage/ could not be listed"),
  });
  await host.s3.setFaults({ seed: 1, faults: [{ kind: "InternalError", match: { method: "PUT" } }] });
  try {
    expect(await answer({ bucket, prefix: "coverage/app/", output_key: "reports/app.json" })).toMatchObject({
      errorType: "S3UploadError",
      errorMessage: expect.stringContaining(
        "reports/app.json could not be stored in coverage-bucket after 3 tries",
      ),
    });
  } finally {
    await host.s3.setFaults(undefined);
  }
});
