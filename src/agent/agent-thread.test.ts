import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { AgentThread } from "./agent-thread.ts";
import type { WorkerSetup } from "./messages.ts";

vi.mock("node:os", async (original) => ({
  ...(await original<typeof import("node:os")>()),
  availableParallelism: () => 1,
}));

/** A thread that cannot be started says so once it is. */
function newThread(env: Record<string, string>) {
  const causes: string[] = [];
  const events = { ended: (cause: string) => causes.push(cause), stored: () => undefined };
  const setup = { register: false, env } as unknown as WorkerSetup;
  return { causes, thread: new AgentThread({ file: "no-path.cjs" }, setup, events) };
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
