import { expect, test, vi } from "vitest";
import { AgentThread } from "./agent-thread.ts";
import type { WorkerSetup } from "./messages.ts";

vi.mock("node:os", async (original) => ({
  ...(await original<typeof import("node:os")>()),
  availableParallelism: () => 1,
}));

test("a thread that cannot be started, once the user's modules have loaded, is said to have ended", () => {
  const causes: string[] = [];
  const setup = { register: false, env: {} } as WorkerSetup;
  const events = { ended: (cause: string) => causes.push(cause), stored: () => undefined };
  const thread = new AgentThread({ file: "no-path.cjs" }, setup, events);
  expect(causes).toEqual([]);
  thread.start();
  thread.post({ kind: "event", extensionId: "", requestId: "", deadlineMs: 0 });
  expect(causes).toEqual([expect.stringContaining("ERR_WORKER_PATH")]);
});
