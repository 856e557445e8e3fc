import { expect, test } from "vitest";
import { type HandlerHost, unwatched, wrapHandler } from "./handler-proxy.ts";
import { createOwnFrames } from "./own-frames.ts";
import { learnOwnFrames } from "./own-frames-probe.ts";

function throwingHere(): never {
  throw new RangeError("user's");
}

async function failingLater(): Promise<never> {
  await null;
  return throwingHere();
}

async function traceOf(host: HandlerHost, handler: () => unknown): Promise<string> {
  try {
    await wrapHandler(handler, host)();
  } catch (error) {
    return (error as Error).stack ?? "";
  }
  throw new Error("the handler did not throw");
}

test.each([
  ["plain", throwingHere],
  ["async", failingLater],
])("frames of ours are known by where they lie, %s", async (_, handler) => {
  const blind = { learn: () => undefined, removeFrom: () => undefined };
  const shown = await traceOf({ line: 4, frames: blind, begin: () => unwatched }, handler);
  expect(shown).toContain("handler-proxy");

  const frames = createOwnFrames();
  await learnOwnFrames(frames);
  const cleaned = await traceOf({ line: 4, frames, begin: () => unwatched }, handler);
  expect(cleaned).not.toContain("handler-proxy");
  expect(cleaned).toContain("throwingHere");
  expect(cleaned.startsWith("RangeError: user's\n")).toBe(true);
});

test("what is no error, frozen, or without a trace is left as it is", () => {
  const frames = createOwnFrames("/opt/lambda-coverage/");
  const frozen = Object.freeze(
    Object.assign(new Error("x"), { stack: "Error: x\n    at a (/opt/lambda-coverage/b:1:2)" }),
  );
  const { stack } = frozen;
  for (const value of [undefined, null, "text", 7, {}, frozen]) frames.removeFrom(value);
  expect(frozen.stack).toBe(stack);
  const hostile = {
    get stack(): string {
      throw new Error("hostile");
    },
  };
  expect(() => frames.removeFrom(hostile)).not.toThrow();
});
