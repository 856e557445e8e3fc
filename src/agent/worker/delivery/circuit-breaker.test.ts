import { expect, test } from "vitest";
import { holdBudgetMs } from "../../shared/hold-budget.ts";
import { createCircuitBreaker } from "./circuit-breaker.ts";

/** Which of the first n invocations are tried when every delivery fails. */
function triedOf(n: number): number[] {
  const breaker = createCircuitBreaker();
  const tried: number[] = [];
  for (let invocation = 1; invocation <= n; invocation++) {
    if (!breaker.shouldCollect()) continue;
    tried.push(invocation);
    breaker.report(false);
  }
  return tried;
}

test("after two failures every 4th invocation is tried, then every 8th, 16th, …", () => {
  expect(triedOf(70)).toEqual([1, 2, 6, 14, 30, 62]);
});

test("the pauses do not grow for ever", () => {
  const tried = triedOf(3000);
  expect((tried.at(-1) as number) - (tried.at(-2) as number)).toBe(256);
});

test("one success closes it", () => {
  const breaker = createCircuitBreaker();
  breaker.report(false);
  expect(breaker.open).toBe(false);
  breaker.report(false);
  expect(breaker.open).toBe(true);
  breaker.report(true);
  expect([breaker.open, breaker.shouldCollect(), breaker.shouldCollect()]).toEqual([false, true, true]);
});

test.each([
  [30, 10_000, 2000],
  [1, 10_000, 1000],
  [30, 1700, 1200],
  [30, 400, 0],
])(
  "hold budget for COVERAGE_UPLOAD_TIMEOUT=%d with %d ms to the deadline: %d ms",
  (timeout, left, budget) => {
    expect(holdBudgetMs(timeout, left)).toBe(budget);
  },
);
