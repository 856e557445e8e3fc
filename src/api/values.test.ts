import { expect, test } from "vitest";
import {
  CoverageCombineError,
  CoverageError,
  CoverageInitializationError,
  CoverageReportMetadata,
  generateS3Key,
  getLayerInfo,
  HealthCheckResponse,
  S3UploadError,
} from "./index.ts";

test("errors: one family, with code and details, as JSON in the spec's fields", () => {
  for (const Class of [CoverageInitializationError, S3UploadError, CoverageCombineError]) {
    const cause = new Error("below");
    const error = new Class("what happened", { code: "SomeCode", details: { s3_key: "k" }, cause });
    expect(error).toBeInstanceOf(CoverageError);
    expect(error).toBeInstanceOf(Error);
    expect(error.cause).toBe(cause);
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      error_type: Class.name,
      code: "SomeCode",
      message: "what happened",
      details: { s3_key: "k" },
    });
  }
  expect(new CoverageError("plain")).toMatchObject({
    name: "CoverageError",
    code: "CoverageError",
    details: {},
  });
});

test("metadata: snake_case, and what is not known at upload is not there", () => {
  const metadata = new CoverageReportMetadata({
    functionName: "orders",
    executionId: "103000000-r",
    timestamp: new Date("2024-01-15T10:30:00Z"),
    s3Key: "coverage/2024/01/15/orders-103000000-r.coverage",
    fileSize: 1024,
  });
  expect(JSON.parse(JSON.stringify(metadata))).toEqual({
    function_name: "orders",
    execution_id: "103000000-r",
    timestamp: "2024-01-15T10:30:00.000Z",
    s3_key: "coverage/2024/01/15/orders-103000000-r.coverage",
    file_size: 1024,
  });
  expect(metadata.coveragePercentage).toBeUndefined();
});

test("a health answer round-trips through its class", () => {
  const body = {
    status: "degraded" as const,
    coverage_enabled: true,
    layer_version: "1.0.0",
    s3_config: { bucket: "b", prefix: "coverage/", status: "failing" as const },
    timestamp: "2024-01-15T10:30:00.000Z",
    warnings: ["w"],
  };
  const response = HealthCheckResponse.fromJSON(body);
  expect(response.timestamp).toEqual(new Date(body.timestamp));
  expect(JSON.parse(JSON.stringify(response))).toEqual(body);
});

test("generateS3Key: the spec's shape, today by default", () => {
  const timestamp = new Date("2024-01-15T23:59:59.999Z");
  const names = { functionName: "my-function", executionId: "abc123" };
  expect(generateS3Key({ ...names, timestamp })).toBe("coverage/2024/01/15/my-function-abc123.coverage");
  expect(generateS3Key({ ...names, prefix: "other", timestamp })).toMatch(/^other\/2024\//);
  expect(generateS3Key(names)).toContain(`coverage/${new Date().toISOString().slice(0, 4)}/`);
});

test("the layer's info", () => {
  expect(getLayerInfo()).toEqual({
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    node_version: process.versions.node,
    coverage_version: `v8 ${process.versions.v8}`,
    dependencies: {},
  });
});
