/** S3 in trouble, and frozen environments, seen from a Python function: the cases of the Node.js layer. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { holdBudgetMs } from "../../src/agent/shared/hold-budget.ts";
import { everyKind } from "../behaviour/s3-fault-kinds.ts";
import { fixtures, type Host, type PythonRuntime, python, runtimesAtHand, startHost } from "./harness.ts";

const newest = (await runtimesAtHand()).at(-1) as PythonRuntime;
const keepAliveTimeoutMs = 100;
const requestIds: string[] = [];
let host: Host;
beforeAll(async () => {
  host = await startHost({ keepAliveTimeoutMs });
  const code = join(fixtures, "app");
  await host.deploy({ name: "trouble", runtime: newest, code, handler: "handlers.ok", timeoutSeconds: 3 });
});
afterAll(() => host.stop());

async function invoke(times: number): Promise<void> {
  for (let call = 0; call < times; call++) {
    const result = await host.lambda.invoke("trouble", { net: 10 });
    expect([result.payload, result.timedOut, result.functionError]).toEqual([
      '{"tax": 1.9}',
      false,
      undefined,
    ]);
    requestIds.push(result.requestId);
  }
}

/** Of all invocations so far, each once, nothing lost, no gap. */
async function expectAll(): Promise<void> {
  const files = (await host.files("trouble")).map(({ file }) => file);
  const stored = files.flatMap(({ invocations }) => invocations.map(({ requestId }) => requestId));
  expect(stored.toSorted()).toEqual(requestIds.toSorted());
  expect(files.filter(({ lost }) => lost !== undefined)).toEqual([]);
  const sequences = files.map(({ environment }) => environment.sequence).toSorted((a, b) => a - b);
  expect(sequences).toEqual(sequences.map((_, at) => at));
}

test.each(everyKind)("%s: every answer in time, all coverage in the end, once", async (_name, plan) => {
  await invoke(1);
  await host.s3.setFaults(plan);
  await invoke(2);
  await host.s3.setFaults();
  // The breaker lets some go by without a try; the tracer keeps their sum.
  await invoke(5);
  await expectAll();
});

test("S3 closed the connection while the environment was frozen", async () => {
  const before = (await host.lambda.logs("trouble")).split("ERROR").length;
  for (let call = 0; call < 3; call++) {
    await invoke(1);
    // The server closes its end; the frozen process hears of it only when it is thawed.
    await sleep(keepAliveTimeoutMs * 3);
  }
  await expectAll();
  expect((await host.lambda.logs("trouble")).split("ERROR").length).toBe(before);
});

test("an invocation is held as long as in Node.js", async () => {
  const given = [0.1, 1, 1.9, 2, 30].flatMap((timeout) =>
    [-1, 0, 0.3, 0.5, 0.7, 1, 3, 900].map((left) => [timeout, left] as const),
  );
  const program = `
from coverage_wrapper._agent.holding import hold_seconds
print(json.dumps([hold_seconds(timeout, left) * 1000 for timeout, left in given]))`;
  const theirs = await python<number[]>(newest, program, given);
  const ours = given.map(([timeout, left]) => holdBudgetMs(timeout, left * 1000));
  expect(theirs.map(Math.round)).toEqual(ours.map(Math.round));
});
