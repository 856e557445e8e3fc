import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { startLocalS3 } from "../local/s3/start.ts";
import type { LocalS3 } from "../local/s3/types.ts";
import { CoverageConfig, getS3Config, S3UploadError, uploadCoverageFile } from "./index.ts";
import { bucket, readObject } from "./sample-bucket.fixture.ts";

let s3: LocalS3;
const before = { ...process.env };
beforeAll(async () => {
  s3 = await startLocalS3({ buckets: [bucket] });
});
afterEach(async () => {
  await s3.setFaults();
  process.env = { ...before };
});
afterAll(() => s3.stop());

function setEnvironment(): void {
  Object.assign(process.env, {
    COVERAGE_S3_BUCKET: bucket,
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_REGION: s3.region,
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
  });
}

const names = { functionName: "my-function", executionId: "abc123" };

test.each([
  ["plain", (data: Buffer) => data],
  ["gzip'd", (data: Buffer) => gzipSync(data)],
])("%s bytes are stored gzip'd; the result has the spec's fields", async (name, encode) => {
  setEnvironment();
  const coverageData = encode(Buffer.from('{"format":"lambda-coverage/1"}'));
  // Nothing is ever overwritten: each has a key of its own.
  const executionId = name === "plain" ? "abc123" : "abc124";
  const result = await uploadCoverageFile({ coverageData, ...names, executionId });
  const stored = await readObject(s3, result.s3_key);
  expect(gunzipSync(stored).toString()).toBe('{"format":"lambda-coverage/1"}');
  expect(result).toEqual({
    s3_key: expect.stringMatching(/^coverage\/\d{4}\/\d\d\/\d\d\/my-function-abc12[34]\.coverage$/),
    bucket,
    file_size: stored.byteLength,
    upload_time_ms: expect.any(Number),
    success: true,
  });
});

test("a config wins over the environment", async () => {
  setEnvironment();
  process.env.COVERAGE_S3_BUCKET = "some-other-bucket";
  const config = new CoverageConfig({ s3Bucket: bucket, s3Prefix: "mine/" });
  const { s3_key } = await uploadCoverageFile({ coverageData: Buffer.from("{}"), ...names, config });
  expect(s3_key).toMatch(/^mine\//);
});

test("a failure is an S3UploadError that says which key, why, and what to do", async () => {
  setEnvironment();
  await s3.setFaults({ faults: [{ kind: "AccessDenied" }] });
  const error = await uploadCoverageFile({ coverageData: Buffer.from("{}"), ...names }).catch(
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(S3UploadError);
  expect(error).toMatchObject({
    code: "UploadFailed",
    details: {
      bucket,
      error_code: "AccessDenied",
      http_status: 403,
      retry_count: 1,
      remedy: expect.stringContaining("allow s3:PutObject"),
    },
  });
});

test("getS3Config: the environment's, or an error that names what is missing", () => {
  setEnvironment();
  process.env.COVERAGE_UPLOAD_TIMEOUT = "7";
  expect(getS3Config()).toEqual({ bucket, prefix: "coverage/", timeout: 7, region: s3.region });
  delete process.env.COVERAGE_S3_BUCKET;
  expect(() => getS3Config()).toThrow(expect.objectContaining({ code: "BucketMissing" }));
});
