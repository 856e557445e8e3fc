/** The package's face where there is no Lambda: scripts, and functions whose coverage is off. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CoverageFile } from "../../src/contract/coverage-file.ts";
import { repository } from "./deployed-function.ts";
import { bucket, Host } from "./host.ts";

const run = promisify(execFile);
const face = join(repository, "dist/layer/nodejs/node_modules/lambda-coverage-layer");

let host: Host;
let folder: string;
beforeAll(async () => {
  host = await Host.start();
  folder = mkdtempSync(join(tmpdir(), "outside-"));
  writeFileSync(
    join(folder, "work.cjs"),
    "exports.work = (n) => { if (n > 1) { return 'big'; } return 'small'; };\n",
  );
});
afterAll(async () => {
  await host.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a script on this machine's Node.js; resolves once it has ended by itself. */
async function runScript(
  body: string,
  environment: Record<string, string>,
): Promise<{ stdout: string; stderr: string }> {
  const script = join(folder, `script-${Math.random()}.cjs`);
  writeFileSync(
    script,
    `const face = require(${JSON.stringify(face)});\nconst { work } = require("./work.cjs");\n(async () => {${body}})();\n`,
  );
  const { endpoint, region, accessKeyId, secretAccessKey } = host.s3;
  const env = {
    PATH: process.env.PATH ?? "",
    TMPDIR: folder,
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...environment,
  };
  return run(process.execPath, [script], { env, cwd: folder, timeout: 20_000 });
}

test("a block's coverage is stored before it is over, and the process ends; its output is its own", async () => {
  const { stdout, stderr } = await runScript(
    `console.log(await new face.CoverageContext().run(() => work(5)));
     console.log(JSON.stringify(await (face.initializeCoverage(), work(0), face.finalizeCoverage())));`,
    { COVERAGE_S3_BUCKET: bucket },
  );
  const [result, metadata] = stdout.trim().split("\n");
  expect(result).toBe("big");
  expect(JSON.parse(metadata as string)).toMatchObject({
    function_name: "local",
    s3_key: expect.stringMatching(/\.coverage$/),
    file_size: expect.any(Number),
  });
  expect(
    stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).message),
  ).toEqual(Array(2).fill("Coverage file uploaded successfully"));
  const files = await Promise.all(
    (await host.keys("coverage/")).map((key) => host.object<CoverageFile>(key)),
  );
  expect(await host.countAt(files, "work.cjs", "return 'big'")).toBe(1);
  expect(await host.countAt(files, "work.cjs", "return 'small'")).toBe(1);
});

const everything = `
  const handler = async () => work(5);
  const same = face.coverageHandler(handler) === handler;
  const inBlock = await new face.CoverageContext().run(() => work(5));
  const thrown = await new face.CoverageContext().run(() => { throw new RangeError("mine"); }).catch((e) => e.name);
  const initialized = face.initializeCoverage();
  const metadata = await face.finalizeCoverage();
  const { status, coverage_enabled, errors, warnings } = face.healthCheckHandler();
  console.log(JSON.stringify({ same, inBlock, thrown, initialized, metadata, status, coverage_enabled, errors, warnings }));`;

const works = {
  same: true,
  inBlock: "big",
  thrown: "RangeError",
  initialized: false,
  coverage_enabled: false,
};

test.each([
  ["no bucket", {}, { status: "unhealthy", errors: ["COVERAGE_S3_BUCKET is not set"] }, 1],
  [
    "switched off",
    { COVERAGE_S3_BUCKET: bucket, COVERAGE_ENABLED: "false" },
    { status: "healthy", warnings: [expect.stringContaining("COVERAGE_ENABLED")] },
    0,
  ],
  [
    "sampled out",
    { COVERAGE_S3_BUCKET: bucket, COVERAGE_SAMPLE_RATE: "0" },
    { status: "healthy", warnings: [expect.stringContaining("sample")] },
    0,
  ],
])("%s: everything works as if it were not there", async (_name, environment, health, lines) => {
  const { stdout, stderr } = await runScript(everything, environment as Record<string, string>);
  expect(JSON.parse(stdout)).toEqual({ ...works, ...health });
  expect(stderr.trim().split("\n").filter(Boolean)).toHaveLength(lines);
});

test("an import alone does nothing", async () => {
  const { stdout, stderr } = await runScript("console.log(process.getActiveResourcesInfo().length)", {});
  expect([stdout.trim(), stderr]).toEqual(["0", ""]);
});
