/** `lambda-coverage load-test` as a process: the real AWS SDK against the local Lambda and the built layer. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { bundleTestFunctions } from "../../scripts/bundle-test-functions.ts";
import type { LoadTestReport } from "../../src/load-test/summary.ts";
import { type LocalLambda, type LocalS3, startLocalLambda, startLocalS3 } from "../../src/local/index.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const layer = join(root, "dist", `lambda-coverage-layer-${packageJson.version}.zip`);
const folder = mkdtempSync(join(tmpdir(), "load-test-"));
let s3: LocalS3;
let lambda: LocalLambda;

/** Answers with what it got, and fails when asked to. */
const code = `exports.handler = async (event) => {
  if (event.fail) throw new Error("as asked");
  return event;
};
`;

beforeAll(async () => {
  writeFileSync(join(folder, "index.js"), code);
  await bundleTestFunctions();
  s3 = await startLocalS3({ buckets: ["load"] });
  lambda = await startLocalLambda({ s3 });
  const common = {
    runtime: "nodejs24.x",
    code: folder,
    handler: "index.handler",
    timeoutSeconds: 20,
  } as const;
  await lambda.createFunction({
    ...common,
    name: "covered",
    layers: [layer],
    environment: { AWS_LAMBDA_EXEC_WRAPPER: "/opt/coverage-wrapper", COVERAGE_S3_BUCKET: "load" },
  });
  await lambda.createFunction({ ...common, name: "uncovered" });
});

afterAll(async () => {
  await lambda?.stop();
  await s3?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function loadTest(
  ...args: string[]
): Promise<{ code: number; report: LoadTestReport; stderr: string }> {
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL_LAMBDA: lambda.endpoint,
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_REGION: s3.region,
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
  };
  const command = ["--import", "tsx", "src/cli/main.ts", "load-test", "--json", ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, command, { cwd: root, env }, (error, stdout, stderr) => {
      const report = JSON.parse(stdout === "" ? "null" : stdout) as LoadTestReport;
      resolve({ code: Number(error?.code ?? 0), report, stderr });
    });
  });
}

test("names every invocation whose coverage is missing, and no other", async () => {
  const events = join(folder, "events.json");
  writeFileSync(events, JSON.stringify([{ operation: "echo" }, { operation: "breaks", fail: true }]));
  const { code, report } = await loadTest(
    ...["--functions", "covered,uncovered", "--bucket", "load", "--events", events],
    ...["--iterations", "2", "--workers", "2", "--wait", "4"],
  );
  expect(code).toBe(6);
  const invoked = (await lambda.events()).filter(({ kind }) => kind === "invoke");
  expect(invoked).toHaveLength(8);
  const bare = new Set((await lambda.sandboxes("uncovered")).map(({ sandboxId }) => sandboxId));
  expect(report.coverage).toMatchObject({ expected: 8, arrived: 4 });
  expect(report.coverage.missing.map((one) => one.request_id).sort()).toEqual(
    invoked.flatMap(({ sandboxId, requestId }) => (bare.has(sandboxId) ? (requestId ?? "") : [])).sort(),
  );
  // An error nobody asked for is a failure; its coverage is expected all the same.
  expect(report.failures.map((one) => [one.operation, one.message])).toEqual(
    Array.from({ length: 4 }, () => ["breaks", "Error: as asked"]),
  );
  expect(report.total).toMatchObject({ invocations: 8, successes: 4, success_rate: 50 });
});

test("a function that is not there: refused, nothing is expected of it", async () => {
  const { code, report } = await loadTest("--functions", "nobody", "--bucket", "load", "--wait", "0");
  expect(code).toBe(7);
  expect(report.failures[0]).toMatchObject({ function: "nobody", request_id: null });
  expect(report.failures[0]?.message).toContain("ResourceNotFoundException");
  expect(report.coverage).toMatchObject({ expected: 0, arrived: 0, missing: [] });
});

test("without functions: the testing stack's, bare beside it, every invocation accounted for", async () => {
  const { code, report } = await loadTest(
    ...["--iterations", "1", "--workers", "2", "--directory", join(folder, "bucket")],
  );
  expect(code).toBe(0);
  expect(report.coverage).toMatchObject({ expected: 16, arrived: 16, missing: [] });
  expect(report.functions.map((fn) => [fn.function, fn.invocations, fn.success_rate])).toEqual([
    ["MainTestFunction", 9, 100],
    ["SimpleTestFunction", 2, 100],
    ["ErrorTestFunction", 5, 100],
  ]);
  for (const { latency_ms } of [report.total, ...report.functions]) {
    expect(latency_ms.p50).toBeGreaterThan(0);
    expect(latency_ms.p95).toBeGreaterThanOrEqual(latency_ms.p50);
    expect(latency_ms.max).toBeGreaterThanOrEqual(latency_ms.p95);
  }
  const { samples } = report.overhead?.init_ms ?? {};
  expect(samples?.bare).toBeGreaterThan(0);
  expect(samples?.layer).toBeGreaterThan(0);
});

test("wrong usage says what to do", async () => {
  const { code, stderr } = await loadTest("--functions", "covered");
  expect(code).toBe(2);
  expect(stderr).toContain("--bucket");
});
