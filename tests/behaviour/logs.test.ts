/** The layer's own lines among the function's: the spec's fields, its filters, its levels, embedded metrics. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Host } from "./host.ts";

let host: Host;
let code: string;
beforeAll(async () => {
  host = await Host.start();
  code = host.newFolder();
  writeFileSync(join(code, "index.js"), "exports.handler = async ({ n }) => (n > 1 ? 'big' : 'small');\n");
});
afterAll(() => host.stop());

async function linesWith(
  environment: Record<string, string>,
  invocations = 2,
): Promise<Record<string, unknown>[]> {
  const name = await host.layered({ code, handler: "index.handler", runtime: "nodejs24.x", environment });
  for (let n = 0; n < invocations; n++) await host.lambda.invoke(name, { n });
  return host.layerLines(name);
}

describe("INFO", () => {
  test("one line an invocation, in the fields of the spec's success line", async () => {
    const lines = await linesWith({}, 3);
    expect(lines).toHaveLength(3);
    for (const line of lines) {
      expect(line).toMatchObject({
        level: "INFO",
        message: "Coverage file uploaded successfully",
        s3_key: expect.stringMatching(/^coverage\/\d{4}\/\d\d\/\d\d\/.+\.coverage$/),
        file_size: expect.any(Number),
        upload_time_ms: expect.any(Number),
        request_id: expect.any(String),
      });
    }
  });

  test("the spec's performance filter finds every operation, with its time", async () => {
    const [first, second] = await linesWith({});
    // aws logs filter-log-events --filter-pattern Performance | grep -E "(…)" | jq '"\(.operation): \(.duration_ms)ms"'
    const found = (line: unknown) =>
      /Performance/.test(JSON.stringify(line)) &&
      /(coverage_initialization|coverage_finalization|s3_upload)/.test(JSON.stringify(line));
    expect([found(first), found(second)]).toEqual([true, true]);
    expect(first).toMatchObject({ operation: "s3_upload", duration_ms: expect.any(Number) });
    const operations = (line: unknown) =>
      (line as { operations: { operation: string }[] }).operations.map(({ operation }) => operation);
    expect(operations(first)).toEqual(["coverage_initialization", "coverage_finalization", "s3_upload"]);
    expect(operations(second)).toEqual(["coverage_finalization", "s3_upload"]);
  });
});

test.each(["WARNING", "ERROR"])("%s: nothing while all is well", async (level) => {
  expect(await linesWith({ COVERAGE_LOG_LEVEL: level })).toEqual([]);
});

test("an upload that fails: one line in the fields of the spec's error line", async () => {
  await host.s3.setFaults({ faults: [{ kind: "NoSuchBucket" }] });
  const [line] = await linesWith({ COVERAGE_LOG_LEVEL: "ERROR" }, 1);
  await host.s3.setFaults();
  expect(line).toMatchObject({
    level: "ERROR",
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    error_type: "S3UploadError",
    message: expect.stringContaining("Failed to upload coverage file"),
    details: { s3_key: expect.any(String), error_code: "NoSuchBucket", retry_count: 1 },
    function_name: expect.any(String),
    request_id: expect.any(String),
  });
});

test("bad and unknown settings: one warning each, with the nearest name; the default holds", async () => {
  const lines = await linesWith(
    { COVERAGE_UPLOAD_TIMEOUT: "soon", COVERAGE_S3_PREFX: "x/", COVERAGE_LOG_LEVEL: "WARNING" },
    1,
  );
  expect(lines.map(({ message }) => message)).toEqual([
    expect.stringContaining('COVERAGE_UPLOAD_TIMEOUT="soon" is not a number'),
    expect.stringContaining("did you mean COVERAGE_S3_PREFIX?"),
  ]);
});

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
test("COVERAGE_METRICS: embedded metrics by function, for what was stored and what failed", async () => {
  interface Embedded {
    _aws: {
      Timestamp: number;
      CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string }[] }[];
    };
    [member: string]: unknown;
  }
  const quiet = { COVERAGE_METRICS: "true", COVERAGE_LOG_LEVEL: "ERROR" };
  const metricsOf = async (invocations: number) =>
    (await linesWith(quiet, invocations)).filter((line) => line._aws !== undefined) as unknown as Embedded[];
  const [first, second] = await metricsOf(2);
  await host.s3.setFaults({ faults: [{ kind: "AccessDenied" }] });
  const [failed] = await metricsOf(1);
  await host.s3.setFaults();
  for (const line of [first, second, failed]) {
    const [directive] = line?._aws.CloudWatchMetrics ?? [];
    expect(directive).toMatchObject({ Namespace: "LambdaCoverage", Dimensions: [["FunctionName"]] });
    expect(line?.FunctionName).toEqual(expect.any(String));
    for (const { Name } of directive?.Metrics ?? []) expect(line?.[Name]).toEqual(expect.any(Number));
  }
  expect(first).toMatchObject({ FilesStored: 1, FilesFailed: 0, FilesPending: 0 });
  for (const name of ["UploadTime", "FileSize", "SnapshotTime", "InitTimeAdded", "MemoryUsed"]) {
    expect(first?.[name]).toBeGreaterThan(0);
  }
  expect(second?.InitTimeAdded).toBeUndefined();
  expect(failed).toMatchObject({ FilesStored: 0, FilesFailed: 1, FilesPending: 1 });
});
