import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const script = fileURLToPath(new URL("../../.ci/count-tests.mjs", import.meta.url));

/** What it prints before its last line, too. */
function print(folder: string, args: string[], options: string[] = []) {
  const run = spawnSync(process.execPath, [script, ...options, folder, ...args], { encoding: "utf8" });
  const lines = run.stdout.trim().split("\n");
  return { status: run.status, last: lines.at(-1), before: lines.slice(0, -1) };
}

function count(reports: Record<string, string>, failedSteps: string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), "count-"));
  try {
    for (const [name, text] of Object.entries(reports)) writeFileSync(join(folder, name), text);
    const { status, last } = print(folder, failedSteps);
    return { status, last };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const vitest = (passed: number, failed: number, files: object[] = []) =>
  JSON.stringify({
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: 1,
    numTodoTests: 0,
    testResults: files,
  });
const pytest =
  '<testsuites><testsuite name="pytest" errors="1" failures="2" skipped="3" tests="10"></testsuite></testsuites>';

test("counts of several runners add up; a failure is exit 1", () => {
  expect(count({ "a.json": vitest(5, 0) })).toEqual({ status: 0, last: "5 passed, 0 failed, 1 skipped" });
  expect(count({ "a.json": vitest(5, 0), "b.json": vitest(2, 1), "p.xml": pytest })).toEqual({
    status: 1,
    last: "11 passed, 4 failed, 5 skipped",
  });
});

test("a test file that cannot be loaded, a failed step without tests, and no test at all are failures", () => {
  const broken = [{ status: "failed", assertionResults: [] }];
  expect(count({ "a.json": vitest(5, 0, broken) })).toEqual({
    status: 1,
    last: "5 passed, 1 failed, 1 skipped",
  });
  expect(count({ "a.json": vitest(5, 0) }, ["make demo"])).toEqual({
    status: 1,
    last: "5 passed, 1 failed, 1 skipped",
  });
  expect(count({})).toEqual({ status: 1, last: "0 passed, 0 failed, 0 skipped" });
});

test("what was skipped for what the machine lacks is named; with --no-skips it has failed", () => {
  const folder = mkdtempSync(join(tmpdir(), "count-"));
  const lacks = "python3 (apt-get install python3)";
  const skippedFor = (title: string) => ({
    status: "skipped",
    meta: { lacks },
    ancestorTitles: ["python3.14"],
    title,
  });
  const asserted = [{ status: "passed", meta: {} }, skippedFor("one"), skippedFor("two")];
  const file = { name: "tests/python/a.test.ts", status: "passed", assertionResults: asserted };
  const report = { numPassedTests: 1, numFailedTests: 0, numPendingTests: 3, numTodoTests: 0 };
  try {
    writeFileSync(join(folder, "v.json"), JSON.stringify({ ...report, testResults: [file] }));
    writeFileSync(join(folder, "steps.json"), JSON.stringify({ skippedSteps: [{ name: "a step", lacks }] }));
    const { status, last, before } = print(folder, []);
    expect([status, last]).toEqual([0, "1 passed, 0 failed, 4 skipped"]);
    expect(before.sort()).toEqual(
      [
        `skipped, because this machine lacks ${lacks}:`,
        ...[
          "  steps",
          "    a step",
          "  tests/python/a.test.ts",
          "    python3.14 > one",
          "    python3.14 > two",
        ],
      ].sort(),
    );
    const strict = print(folder, [], ["--no-skips"]);
    expect([strict.status, strict.last]).toEqual([1, "1 passed, 3 failed, 1 skipped"]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
