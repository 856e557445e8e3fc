/**
 * `npm run test:thirdparty`: the stand-ins against what others wrote. The S3 conformance suite and the behaviour
 * suite (on one runtime) run against versitygw (built by Go); the AWS CLI and boto3 (from PyPI) run against our
 * local endpoints. Whatever is missing fails. What is left out is named, with its reason, and counted.
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { cachedFolder } from "../src/local/lambda/cache.ts";
import { leftOut, leftOutTests } from "../tests/behaviour/left-out.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const gatewayVersion = "v1.8.0";
/** What of the conformance suite versitygw is known not to do, by the name there. */
const gatewaySkips = {
  "folder-like-keys": "it keeps objects as files",
  "aws-chunked-encoding": "it returns what S3 leaves out",
};
const credentials = { AWS_ACCESS_KEY_ID: "conformance", AWS_SECRET_ACCESS_KEY: "conformance-secret" };

async function gatewayBinary(): Promise<string> {
  const folder = await cachedFolder(`versitygw-${gatewayVersion}`, async (target) => {
    console.log(`building versitygw ${gatewayVersion} (once)`);
    execFileSync("go", ["install", `github.com/versity/versitygw/cmd/versitygw@${gatewayVersion}`], {
      env: { ...process.env, GOBIN: target },
      stdio: ["ignore", "inherit", "inherit"],
    });
  });
  return join(folder, "versitygw");
}

async function pythonTools(): Promise<string> {
  const requirements = join(root, "tests/thirdparty/requirements.txt");
  const state = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 12);
  return cachedFolder(`thirdparty-tools-${state}`, async (target) => {
    console.log("installing the AWS CLI and boto3 (once)");
    const options = ["--quiet", "--disable-pip-version-check", "--target", target, "-r", requirements];
    execFileSync("python3", ["-m", "pip", "install", ...options], { stdio: "inherit" });
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function vitest(project: string, env: NodeJS.ProcessEnv, ...more: string[]): boolean {
  const command = ["vitest", "run", "--project", project, ...more];
  return (
    spawnSync("npx", command, { cwd: root, stdio: "inherit", env: { ...process.env, ...env } }).status === 0
  );
}

/** What runs against versitygw, one after the other. */
async function withGateway(run: (endpoint: string) => boolean[]): Promise<boolean[]> {
  const binary = await gatewayBinary();
  const folder = mkdtempSync(join(tmpdir(), "versitygw-"));
  const port = await freePort();
  const gateway = spawn(binary, ["--quiet", "--port", `127.0.0.1:${port}`, "posix", folder], {
    env: {
      ...process.env,
      ROOT_ACCESS_KEY: credentials.AWS_ACCESS_KEY_ID,
      ROOT_SECRET_KEY: credentials.AWS_SECRET_ACCESS_KEY,
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
  try {
    const endpoint = `http://127.0.0.1:${port}`;
    await answering(endpoint);
    return run(endpoint);
  } finally {
    gateway.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function answering(endpoint: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const answered = await fetch(endpoint).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await sleep(100);
  }
  throw new Error(`versitygw does not answer at ${endpoint}`);
}

const account = { ...credentials, AWS_REGION: "us-east-1" };

function conformance(endpoint: string): boolean {
  const skips = Object.entries(gatewaySkips);
  console.log(`\n${skips.length} tests of the conformance suite are not for versitygw:`);
  for (const [name, reason] of skips) console.log(`  ${name} (${reason})`);
  return vitest("conformance", {
    ...account,
    S3_CONFORMANCE_ENDPOINT: endpoint,
    S3_CONFORMANCE_SKIP: Object.keys(gatewaySkips).join(),
  });
}

function behaviour(endpoint: string): boolean {
  // vitest.config.ts has the report written there, under a name of its own.
  const reports = mkdtempSync(join(tmpdir(), "behaviour-report-"));
  try {
    const passed = vitest("behaviour", {
      ...account,
      LAMBDA_COVERAGE_TEST_S3_ENDPOINT: endpoint,
      LAMBDA_COVERAGE_TEST_RUNTIMES: "nodejs24.x",
      TEST_RESULTS_DIR: reports,
    });
    const [name] = readdirSync(reports);
    if (name === undefined) throw new Error("vitest has left no report");
    const { TEST_RESULTS_DIR: counted } = process.env;
    if (counted !== undefined) copyFileSync(join(reports, name), join(counted, name));
    return allAccountedFor(JSON.parse(readFileSync(join(reports, name), "utf8"))) && passed;
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
}

/** The part of vitest's JSON report that is read here. */
interface Report {
  testResults: { name: string; assertionResults: { title: string; status: string }[] }[];
}

/** Prints what was left out. Each name of the list must be a test's, and nothing else may be left out. */
function allAccountedFor({ testResults }: Report): boolean {
  const skipped = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status !== "passed" && status !== "failed")
      .map(({ title }) => ({ file: basename(name), title })),
  );
  console.log(`\n${skipped.length} tests of the behaviour suite take a server of ours:`);
  for (const entry of leftOutTests) {
    const count = skipped.filter(({ file, title }) => leftOut(file, title) === entry).length;
    console.log(`  ${count} × ${entry.file}${entry.title ? ` › ${entry.title} …` : ""} (${entry.reason})`);
    if (count === 0) console.error(`  no test begins like that: correct tests/behaviour/left-out.ts`);
  }
  const unexplained = skipped.filter(({ file, title }) => leftOut(file, title) === undefined);
  for (const { file, title } of unexplained) console.error(`  no reason given: ${file} › ${title}`);
  const used = new Set(skipped.map(({ file, title }) => leftOut(file, title)));
  return unexplained.length === 0 && leftOutTests.every((entry) => used.has(entry));
}

const passed = await withGateway((endpoint) => [conformance(endpoint), behaviour(endpoint)]);
passed.push(vitest("thirdparty", { THIRDPARTY_TOOLS: await pythonTools() }));
process.exitCode = passed.every(Boolean) ? 0 : 1;
