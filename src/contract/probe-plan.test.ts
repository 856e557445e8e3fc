import { expect, test } from "vitest";
import {
  countOf,
  type ProbePlan,
  plannedBranches,
  plannedFunctions,
  plannedStatements,
} from "./probe-plan.ts";
import { probePlanProblem } from "./probe-plan-problem.ts";

/** Of `function f(a) { if (a) g(); }`, whose `if` has two probes and whose end is their sum. */
const plan: ProbePlan = {
  format: "lambda-coverage-plan/1",
  prober: 1,
  sha256: "0".repeat(64),
  length: 31,
  probes: 3,
  sums: [[1, 2]],
  statements: [16, 13, 1, 7, 4, 1, 0, 4, 2, 0, 4, -4],
  functions: [9, 1, 5, 17, 1, 1],
  names: ["f"],
  branches: [0, 16, 13, 2, 0, 13, 2, 0, -1, 1],
  ignored: { statements: [2], functions: [], branches: [], arms: [1] },
};

test("a plan's counters, their places and their sums", () => {
  expect(probePlanProblem(plan)).toBeUndefined();
  const counts = [7, 5, 2];
  expect([...plannedStatements(plan)]).toEqual([
    { start: 16, end: 29, reference: 1, isIgnored: false },
    { start: 23, end: 27, reference: 2, isIgnored: false },
    { start: 23, end: 27, reference: 4, isIgnored: true },
    { start: 23, end: 27, reference: 0, isIgnored: false },
  ]);
  expect([1, 2, 4, 0].map((reference) => countOf(plan, reference, counts))).toEqual([7, 5, 7, undefined]);
  expect([...plannedFunctions(plan)]).toEqual([
    { start: 9, end: 10, name: "f", body: { start: 14, end: 31 }, reference: 1, isIgnored: false },
  ]);
  expect([...plannedBranches(plan)]).toEqual([
    {
      type: "if",
      start: 16,
      end: 29,
      isIgnored: false,
      arms: [
        { span: { start: 16, end: 29 }, reference: 2, isIgnored: false },
        { span: undefined, reference: 3, isIgnored: true },
      ],
    },
  ]);
});

test.each<[string, Partial<Record<keyof ProbePlan, unknown>>]>([
  ["its format", { format: "lambda-coverage-plan/2" }],
  ["probes is more than the text", { probes: 1e12 }],
  ["sums[0] names no probe", { sums: [[3]] }],
  ["sums[0] is not a short array", { sums: [new Array(1e5).fill(0)] }],
  ["statements is not a list of 3s", { statements: [1] }],
  ["statements[1] is not an integer", { statements: [0, "1", 0] }],
  ["statements[0] lies outside", { statements: [30, 2, 1] }],
  ["statements[0] refers to no sum", { statements: [0, 1, 5] }],
  ["functions[0] has no name", { functions: [9, 1, 5, 17, 2, 1] }],
  ["functions[0] lies outside", { functions: [9, 1, 5, 18, 1, 1] }],
  ["branches[0] has no type", { branches: [5, 0, 1, 0] }],
  ["branches[0] has arms missing", { branches: [0, 0, 1, 1e9] }],
  ["branches[0] lies outside", { branches: [0] }],
  ["branches[4] refers to no sum", { branches: [0, 0, 1, 1, 0, 1, 9] }],
  ["deferred is not a list", { deferred: [1] }],
  ["deferred lies outside", { deferred: [30, 2] }],
  ["ignored.arms", { ignored: { statements: [], functions: [], branches: [], arms: [-1] } }],
])("a plan of which %s", (problem, change) => {
  expect(probePlanProblem({ ...plan, ...change })).toContain(problem);
});
