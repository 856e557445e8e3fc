/**
 * `npm run test:thirdparty`: the stand-ins against what others wrote. The S3 conformance suite runs against
 * versitygw (built by Go); the AWS CLI and boto3 (from PyPI) run against our local endpoints. Whatever is
 * missing fails; nothing is skipped but what versitygw is known not to do.
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { cachedFolder } from "../src/local/lambda/cache.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const gatewayVersion = "v1.8.0";
/** Keys as folders: it keeps objects as files. aws-chunked: it returns what S3 leaves out. */
const gatewaySkips = "folder-like-keys,aws-chunked-encoding";
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

function vitest(project: string, env: NodeJS.ProcessEnv): boolean {
  const command = ["vitest", "run", "--project", project];
  return (
    spawnSync("npx", command, { cwd: root, stdio: "inherit", env: { ...process.env, ...env } }).status === 0
  );
}

async function conformance(): Promise<boolean> {
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
    const env = { ...credentials, AWS_REGION: "us-east-1", S3_CONFORMANCE_ENDPOINT: endpoint };
    return vitest("conformance", { ...env, S3_CONFORMANCE_SKIP: gatewaySkips });
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

const passed = [await conformance(), vitest("thirdparty", { THIRDPARTY_TOOLS: await pythonTools() })];
process.exitCode = passed.every(Boolean) ? 0 : 1;
