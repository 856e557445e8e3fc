import { expect, test } from "vitest";
import { embeddedMetrics } from "../worker/delivery/embedded-metrics.ts";
import { createLog, type LogLevel, logLevel } from "./log.ts";

function linesAt(level: LogLevel): string[] {
  const lines: string[] = [];
  const log = createLog({
    level,
    functionName: "orders",
    write: (line) => lines.push(line),
    wallTime: () => 0,
  });
  log.info("i");
  log.warn("w");
  log.error("e", { error_type: "S3UploadError", details: { retry_count: 3 }, request_id: "r-1" });
  return lines;
}

test("each line is one JSON object in the spec's fields, and marked as ours", () => {
  const [line] = linesAt("ERROR");
  expect(line?.endsWith("\n")).toBe(true);
  expect(JSON.parse(line as string)).toEqual({
    level: "ERROR",
    timestamp: "1970-01-01T00:00:00.000Z",
    source: "lambda-coverage",
    error_type: "S3UploadError",
    message: "e",
    details: { retry_count: 3 },
    function_name: "orders",
    request_id: "r-1",
  });
});

test.each([
  ["DEBUG", 3],
  ["INFO", 3],
  ["WARNING", 2],
  ["ERROR", 1],
] as const)("level %s lets %d of three lines through", (level, count) => {
  expect(linesAt(level)).toHaveLength(count);
});

test("COVERAGE_DEBUG=true means DEBUG", () => {
  expect(logLevel({ logLevel: "ERROR", debug: true })).toBe("DEBUG");
});

test("a closed log file never throws", () => {
  expect(() => createLog({ level: "INFO", fd: 9999 }).info("x")).not.toThrow();
});

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
test("embedded metrics name only what they hold", () => {
  const line = embeddedMetrics("orders", 1, { FilesStored: 1, UploadTime: 12.5, SnapshotTime: undefined });
  const [directive] = (
    line._aws as { CloudWatchMetrics: { Metrics: { Name: string }[]; Dimensions: string[][] }[] }
  ).CloudWatchMetrics;
  expect(directive?.Metrics).toEqual([
    { Name: "FilesStored", Unit: "Count" },
    { Name: "UploadTime", Unit: "Milliseconds" },
  ]);
  for (const name of [...(directive?.Dimensions.flat() ?? []), "FilesStored", "UploadTime"]) {
    expect(line).toHaveProperty(name);
  }
  expect(line).toMatchObject({ FunctionName: "orders", FilesStored: 1, UploadTime: 12.5 });
});
