/** What only real TLS and a real thread pool show; the faults of S3 itself are in s3-faults.test.ts. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { generate } from "selfsigned";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newFile, newTrial, within } from "./delivery.fixture.ts";

let folder: string;
let server: Server;
let connections = 0;
const keys: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "delivery-https-"));
  const pem = await generate([{ name: "commonName", value: "localhost" }], {
    extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: "localhost" }] }],
  });
  writeFileSync(join(folder, "ca.pem"), pem.cert);
  server = createServer({ key: pem.private, cert: pem.cert }, (request, response) => {
    keys.push(request.url ?? "");
    request.resume().on("end", () => response.end());
  });
  server.on("secureConnection", () => connections++);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Stores two files in a process of its own, whose only pool thread is taken for good, as by Lambda's `/next`. */
async function storeTwoFiles(endpoint: string, env: Record<string, string>): Promise<unknown[]> {
  const fifo = join(folder, `fifo-${Math.random()}`);
  execFileSync("mkfifo", [fifo]);
  const at = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
  const script = `
    import { open } from "node:fs";
    import { newFile, newTrial, within } from ${at("./delivery.fixture.ts")};
    open(${JSON.stringify(fifo)}, () => {});
    const s3 = { endpoint: ${JSON.stringify(endpoint)}, region: "us-east-1", accessKeyId: "a", secretAccessKey: "b" };
    const { delivery } = newTrial(s3, {}, ${JSON.stringify(folder)});
    const results = [];
    for (const file of [newFile(), newFile()]) results.push(await delivery.storeCoverage(file, within(5000)));
    process.stdout.write(JSON.stringify(results), () => process.kill(process.pid, "SIGKILL"));
  `;
  const args = ["--import", import.meta.resolve("tsx"), "--input-type=module", "-e", script];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env, UV_THREADPOOL_SIZE: "1", VITEST: "" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  return JSON.parse(await text(child.stdout)) as unknown[];
}

test("by name, with no thread of the pool left, over one kept-alive TLS connection", async () => {
  const { port } = server.address() as AddressInfo;
  const trusted = { NODE_EXTRA_CA_CERTS: join(folder, "ca.pem") };
  const results = await storeTwoFiles(`https://localhost:${port}`, trusted);
  const stored = { outcome: "stored", attempts: 1 };
  expect(results).toEqual([expect.objectContaining(stored), expect.objectContaining(stored)]);
  expect(keys).toHaveLength(2);
  expect(connections).toBe(1);
});

test("a certificate nobody vouches for is refused", async () => {
  const { port } = server.address() as AddressInfo;
  const { delivery } = newTrial({
    endpoint: `https://localhost:${port}`,
    region: "us-east-1",
    accessKeyId: "a",
    secretAccessKey: "b",
  });
  const result = await delivery.storeCoverage(newFile(), within(2000));
  expect(result).toMatchObject({ outcome: "pending", error: { code: "DEPTH_ZERO_SELF_SIGNED_CERT" } });
});

test("a server that accepts and never says hello", async () => {
  const silent = createTcpServer(() => undefined).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as AddressInfo;
  const { delivery } = newTrial({
    endpoint: `https://127.0.0.1:${port}`,
    region: "us-east-1",
    accessKeyId: "a",
    secretAccessKey: "b",
  });
  const result = await delivery.storeCoverage(newFile(), within(1600));
  expect(result).toMatchObject({ outcome: "pending", attempts: 3 });
  expect(["ConnectTimeout", "Timeout"]).toContain(result.error?.code);
  silent.close();
});
