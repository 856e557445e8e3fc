/** The layer's log lines as the specification's filters and scripts read them. */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleExample } from "../../examples/bundle.ts";
import packageJson from "../../package.json" with { type: "json" };
import { type LocalLambda, type LocalS3, startLocalLambda, startLocalS3 } from "../../src/local/index.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const code = join(root, ".cache", `e2e-logs-${process.pid}`);
const names = JSON.parse(readFileSync(join(root, "docs/spec-names.json"), "utf8")) as Record<
  string,
  string[]
>;
const specFields = (names["Log fields"] ?? []).flatMap((name) => /^log\.([\w.]+)$/.exec(name)?.[1] ?? []);
let s3: LocalS3;
let lambda: LocalLambda;

beforeAll(async () => {
  s3 = await startLocalS3({ buckets: ["logs"] });
  lambda = await startLocalLambda({ s3 });
  await bundleExample("simple_function/index.ts", code);
});

afterAll(async () => {
  await lambda?.stop();
  await s3?.stop();
  rmSync(code, { recursive: true, force: true });
});

/** What the layer logs about one invocation that stores into this bucket. */
async function layerLines(bucket: string, environment: Record<string, string> = {}): Promise<string[]> {
  const name = `logs-${bucket}-${Object.values(environment).join("")}`;
  await lambda.createFunction({
    name,
    runtime: "nodejs24.x",
    code,
    handler: "index.handler",
    layers: [join(root, "dist", `lambda-coverage-layer-${packageJson.version}.zip`)],
    timeoutSeconds: 10,
    environment: {
      AWS_LAMBDA_EXEC_WRAPPER: "/opt/coverage-wrapper",
      COVERAGE_S3_BUCKET: bucket,
      ...environment,
    },
  });
  const result = await lambda.invoke(name, { name: "TestUser" });
  if (result.functionError !== undefined) throw new Error(result.payload);
  const lines = (await lambda.logs(name)).split("\n");
  return lines.filter((line) => line.includes('"source":"lambda-coverage"'));
}

test("at INFO one line an invocation: the success, with the performance of each operation in it", async () => {
  const lines = await layerLines("logs");
  expect(lines).toHaveLength(1);
  const line = JSON.parse(lines[0] as string) as Record<string, unknown>;
  expect(line).toMatchObject({ level: "INFO", message: "Coverage file uploaded successfully" });
  const about = ["level", "timestamp", "message", "function_name", "request_id"];
  const upload = ["s3_key", "file_size", "upload_time_ms", "operation", "duration_ms"];
  expect(specFields).toEqual(expect.arrayContaining([...about, ...upload]));
  expect(Object.keys(line)).toEqual(expect.arrayContaining([...about, ...upload]));
  expect(line.s3_key).toMatch(/^coverage\/\d{4}\/\d\d\/\d\d\/logs-logs--.*\.coverage$/);
  const operations = (line.operations as { operation: string }[]).map(({ operation }) => operation);
  expect(operations.sort()).toEqual(["coverage_finalization", "coverage_initialization", "s3_upload"]);
  for (const pattern of ["Performance", "coverage"]) expect(lines[0]).toContain(pattern);
});

test("a failed upload: the error with its details, found by the readme's filter", async () => {
  const lines = await layerLines("no-such-bucket");
  const line = lines.map((text) => JSON.parse(text)).find(({ level }) => level === "ERROR");
  expect(line).toMatchObject({ error_type: "S3UploadError", details: { error_code: "NoSuchBucket" } });
  const fields = [...Object.keys(line), ...Object.keys(line.details).map((field) => `details.${field}`)];
  const wanted = specFields.filter((field) =>
    /^(details\.|level|timestamp|error_type|message|function|request)/.test(field),
  );
  expect(wanted).toContain("details.retry_count");
  expect(fields).toEqual(expect.arrayContaining(wanted));
  // CloudWatch's pattern `S3 upload` asks for both terms.
  for (const term of ["S3", "upload"]) expect(JSON.stringify(line)).toContain(term);
});

test("COVERAGE_ENABLED=false: no line and no request of the layer", async () => {
  const before = (await s3.requests()).length;
  expect(await layerLines("logs", { COVERAGE_ENABLED: "false" })).toEqual([]);
  expect(await s3.requests()).toHaveLength(before);
});
