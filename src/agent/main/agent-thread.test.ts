import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import type { WorkerSetup } from "../shared/messages.ts";
import { AgentThread, type WorkerCode } from "./agent-thread.ts";

vi.mock("node:os", async (original) => ({
  ...(await original<typeof import("node:os")>()),
  availableParallelism: () => 1,
}));

const startsNoted = `Atomics.add(require("node:worker_threads").workerData.flags, 0, 1);`;

/** By default a thread that cannot be started, and says so once it is. */
function newThread(env: Record<string, string>, code: WorkerCode = { file: "no-path.cjs" }) {
  const flags = new Int32Array(new SharedArrayBuffer(64));
  const causes: string[] = [];
  const events = { ended: (cause: string) => causes.push(cause), stored: () => undefined };
  const setup = { register: false, env, flags } as unknown as WorkerSetup;
  return { causes, flags, thread: new AgentThread(code, setup, events) };
}

const ended = [expect.stringContaining("ERR_WORKER_PATH")];

test("on one core a thread is started by the first message", () => {
  const { causes, thread } = newThread({ TMPDIR: "/nobody/was/here" });
  thread.initialized();
  expect(causes).toEqual([]);
  thread.post({ kind: "event", extensionId: "", requestId: "", deadlineMs: 0 });
  thread.post({ kind: "event", extensionId: "", requestId: "", deadlineMs: 0 });
  expect(causes).toEqual(ended);
});

test("a thread that has ended before its late start is not started", async () => {
  const { thread, flags } = newThread({ TMPDIR: "/nobody/was/here" }, { code: startsNoted });
  thread.serveEvents("extension", new Promise(() => undefined));
  thread.announce({ requestId: "first", deadlineMs: Date.now() + 3_000 });
  thread.end("no snapshot could be taken");
  thread.initialized();
  const { thread: control, flags: controlFlags } = newThread(
    { TMPDIR: "/nobody/was/here" },
    { code: startsNoted },
  );
  control.serveEvents("extension", new Promise(() => undefined));
  control.announce({ requestId: "first", deadlineMs: Date.now() + 3_000 });
  // The other one's timer was set first.
  await vi.waitUntil(() => Atomics.load(controlFlags, 0) === 1, { timeout: 5_000 });
  expect(Atomics.load(flags, 0)).toBe(0);
});

test("where another process of the sandbox was, it is started once the user's modules have loaded", () => {
  const folder = mkdtempSync(join(tmpdir(), "sandbox-"));
  try {
    mkdirSync(join(folder, ".lambda-coverage"));
    const { causes, thread } = newThread({ TMPDIR: folder });
    expect(causes).toEqual([]);
    thread.initialized();
    expect(causes).toEqual(ended);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
