/** `lambda-coverage local` as a process. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, test } from "vitest";

const main = fileURLToPath(new URL("../main.ts", import.meta.url));
const code = fileURLToPath(new URL("../../local/fixtures", import.meta.url));
let folder: string;
let served: ChildProcess | undefined;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cli-local-"));
});
afterAll(() => {
  served?.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

const bare = [code, "--no-layer", "--timeout", "20"];

/** From a folder of its own; the loader is found from here. */
const command = (...args: string[]): [string, string[], { cwd: string }] => [
  process.execPath,
  ["--import", import.meta.resolve("tsx"), main, "local", ...args],
  { cwd: folder },
];

function run(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(...command(...args), (error, out, err) =>
      resolve({ status: Number(error?.code ?? 0), out, err }),
    );
  });
}

test("invokes with every event: answers on stdout, the log on stderr", { tags: "namespaces" }, async () => {
  const events = ["--invoke", '{"write":"kept"}', "--invoke", "{}"];
  const { status, out, err } = await run(...bare, "--handler", "phases.tmp", ...events);
  expect(status).toBe(0);
  expect(
    out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).before),
  ).toEqual([null, "kept"]);
  expect(err.match(/^REPORT RequestId/gm)).toHaveLength(2);
});

test("exits 1 where the function failed, 2 for what cannot be an event or a path", async () => {
  const failed = await run(...bare, "--handler", "phases.fail", "--invoke", "{}", "--json");
  expect(failed.status).toBe(1);
  expect(JSON.parse(failed.out)).toMatchObject({ functionError: "Unhandled" });
  const event = await run(...bare, "--invoke", "missing.json");
  expect([event.status, event.err]).toEqual([2, expect.stringContaining("[LocalEvent]")]);
  const path = await run("missing", "--invoke", "{}");
  expect([path.status, path.err]).toEqual([2, expect.stringContaining("[LocalCode]")]);
});

test("serves the Invoke API until Ctrl-C", async () => {
  const child = spawn(...command(...bare, "--handler", "phases.surroundings", "--name", "here", "--json"));
  served = child;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const ready = await new Promise<{ lambda: string }>((resolve, reject) => {
    child.stdout.once("data", (line) => resolve(JSON.parse(String(line))));
    child.once("exit", () => reject(new Error("It ended before it was ready")));
  });
  const credentials = { accessKeyId: "any", secretAccessKey: "any" };
  const client = new LambdaClient({ endpoint: ready.lambda, region: "us-east-1", credentials });
  const { Payload } = await client.send(new InvokeCommand({ FunctionName: "here" }));
  expect(JSON.parse(Payload!.transformToString())._HANDLER).toBe("phases.surroundings");
  client.destroy();
  child.kill("SIGINT");
  expect(await ended).toBe(0);
});
