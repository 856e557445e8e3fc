// Usage: count-tests.mjs <folder of reports> [failed step…]
// Adds up vitest's JSON reports and pytest's JUnit files and prints "N passed, N failed, N skipped".
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [folder, ...failedSteps] = process.argv.slice(2);
const total = { passed: 0, failed: 0, skipped: 0 };

for (const file of readdirSync(folder)) {
  const text = readFileSync(join(folder, file), "utf8");
  const counts = file.endsWith(".xml") ? fromJUnit(text) : fromVitest(JSON.parse(text));
  for (const key of Object.keys(total)) total[key] += counts[key];
}

function fromVitest(report) {
  // A test file that cannot even be loaded has no test in it; it counts as one failure.
  const broken = report.testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

function fromJUnit(xml) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const [suite] of xml.matchAll(/<testsuite\s[^>]*>/g)) {
    const value = (name) => Number(new RegExp(`\\s${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
    const failed = value("failures") + value("errors");
    counts.failed += failed;
    counts.skipped += value("skipped");
    counts.passed += value("tests") - failed - value("skipped");
  }
  return counts;
}

// Lint, types, the demo: no runner counts them. Where only such a step failed, it is the failure.
if (failedSteps.length > 0) console.log(`\nfailed: ${failedSteps.join(", ")}`);
if (total.failed === 0) total.failed = failedSteps.length;
const ran = total.passed + total.failed;
if (ran === 0) console.log("\nno test ran at all");
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
