import { expect, test } from "vitest";
import type { LocalEvent } from "../local/types.ts";
import { overheadOf } from "./overhead.ts";
import { type LoadCall, planCalls } from "./plan.ts";
import { type CallResult, sendLoad } from "./send-load.ts";
import { latencyOf, summarise } from "./summary.ts";

test("quantiles by nearest rank: values that were measured", () => {
  const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect(latencyOf(hundred)).toEqual({ p50: 50, p95: 95, max: 100 });
  expect(latencyOf([7])).toEqual({ p50: 7, p95: 7, max: 7 });
  expect(latencyOf([1, 9])).toEqual({ p50: 1, p95: 9, max: 9 });
});

const events = () =>
  [
    { operation: "a", payload: 1, expects: "ok" },
    { operation: "b", payload: 2, expects: "error" },
  ] as const;

test("every event of every function as often as asked, at most `workers` at once, in the order of the plan", async () => {
  const calls = planCalls({ functions: ["f", "g"], events, iterations: 3, bare: true });
  expect(calls).toHaveLength(2 * 2 * 3 * 2);
  // Twins stand side by side, each as often before as after.
  const pairs = Array.from({ length: 12 }, (_, i) => calls.slice(2 * i, 2 * i + 2) as [LoadCall, LoadCall]);
  expect(pairs.every(([one, other]) => one.bare !== other.bare && one.operation === other.operation)).toBe(
    true,
  );
  expect(pairs.filter(([first]) => first.bare)).toHaveLength(6);

  let running = 0;
  let most = 0;
  const invoke = async (_: string, payload: unknown) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, payload === 1 ? 5 : 0));
    running--;
    return {
      requestId: crypto.randomUUID(),
      outcome: payload === 2 ? "error" : "ok",
      message: undefined,
    } as const;
  };
  const results = await sendLoad({ calls, workers: 3, invoke });
  expect(most).toBe(3);
  expect(results.map(({ call }) => call)).toEqual(calls);
  const { functions, total } = summarise(results.filter(({ call }) => !call.bare));
  expect(total).toMatchObject({ invocations: 12, successes: 12, success_rate: 100 });
  expect(functions.map((fn) => [fn.function, fn.operations.map((of) => of.operation)])).toEqual([
    ["f", ["a", "b"]],
    ["g", ["a", "b"]],
  ]);
});

test("what the layer adds: warm apart from cold, held until the freeze", () => {
  const sandbox = (
    sandboxId: string,
    start: number,
    init: number,
    calls: [string, number, number, number][],
  ) => [
    { at: start, sandboxId, kind: "process-start" },
    { at: start + init, sandboxId, kind: "runtime-next" },
    ...calls.flatMap(([requestId, at, response, held]) => [
      { at, sandboxId, kind: "invoke", requestId },
      { at: at + response, sandboxId, kind: "response", requestId },
      { at: at + held, sandboxId, kind: "freeze" },
    ]),
  ];
  const recorded = [
    ...sandbox("bare", 0, 100, [
      ["b1", 200, 9, 9],
      ["b2", 300, 2, 3],
    ]),
    ...sandbox("layer", 0, 130, [
      ["l1", 200, 20, 40],
      ["l2", 300, 3, 11],
    ]),
  ] as LocalEvent[];
  const results = ["b1", "b2", "l1", "l2"].map(
    (requestId) => ({ requestId, call: { bare: requestId.startsWith("b") } }) as CallResult,
  );
  const samples = { bare: 1, layer: 1 };
  expect(overheadOf(results, recorded)).toEqual({
    warm_response_ms: { bare: 2, layer: 3, samples },
    warm_held_ms: { bare: 3, layer: 11, samples },
    init_ms: { bare: 100, layer: 130, samples },
  });
});
