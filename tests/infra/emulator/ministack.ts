import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const program = ".cache/infra-tools/bin/ministack";

/** A running AWS emulator (ministack) on loopback, and the environment by which AWS's tools find it. */
export interface Emulator {
  endpoint: string;
  env: Record<string, string>;
  stop(): Promise<void>;
}

/** Starts ministack on a free port. Fails where it is not installed: without it nothing would be proven. */
export async function startEmulator(): Promise<Emulator> {
  if (!existsSync(program)) throw new Error(`${program} is missing; install it by: npm run infra:tools`);
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "coverage-emulator-"));
  const endpoint = `http://127.0.0.1:${port}`;
  const child = spawn(program, [], {
    env: {
      ...process.env,
      GATEWAY_PORT: String(port),
      BIND_HOST: "127.0.0.1",
      MINISTACK_HOST: "127.0.0.1",
      TMPDIR: folder,
      LOG_LEVEL: "WARNING",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output: string[] = [];
  child.stdout.on("data", (text) => output.push(String(text)));
  child.stderr.on("data", (text) => output.push(String(text)));
  await untilUp(endpoint, child, output);
  return {
    endpoint,
    env: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_REGION: "us-east-1",
      AWS_EC2_METADATA_DISABLED: "true",
      CDK_DISABLE_CLI_TELEMETRY: "1",
    },
    stop: async () => {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      if (child.exitCode === null) {
        child.kill("SIGKILL");
        await gone;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilUp(endpoint: string, child: ChildProcess, output: string[]): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    if (child.exitCode !== null) break;
    const answer = await fetch(`${endpoint}/_ministack/health`).catch(() => undefined);
    if (answer !== undefined) return;
    await sleep(100);
  }
  child.kill("SIGKILL");
  throw new Error(`ministack did not start at ${endpoint}:\n${output.join("")}`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
