import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const script = fileURLToPath(new URL("../../.ci/count-tests.mjs", import.meta.url));

function count(reports: Record<string, string>, failedSteps: string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), "count-"));
  try {
    for (const [name, text] of Object.entries(reports)) writeFileSync(join(folder, name), text);
    const run = spawnSync(process.execPath, [script, folder, ...failedSteps], { encoding: "utf8" });
    return { status: run.status, last: run.stdout.trim().split("\n").at(-1) };
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
