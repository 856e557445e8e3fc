// Usage: count-tests.mjs [--no-skips] <folder of reports> [failed step…]
// Adds up vitest's JSON reports and pytest's JUnit files and prints "N passed, N failed, N skipped" as the last line,
// before it by name what was skipped because the machine lacks something: with --no-skips that is a failure.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  options: { "no-skips": { type: "boolean" } },
  allowPositionals: true,
});
const [folder, ...failedSteps] = positionals;
const total = { passed: 0, failed: 0, skipped: 0 };
/** What the machine lacks, and by file (or "steps") what was skipped for it. */
const lacking = new Map();

for (const file of readdirSync(folder)) {
  const text = readFileSync(join(folder, file), "utf8");
  const counts = file.endsWith(".xml") ? fromJUnit(text) : fromJson(JSON.parse(text));
  for (const key of Object.keys(total)) total[key] += counts[key];
}

function fromJson(report) {
  return "skippedSteps" in report ? fromSteps(report.skippedSteps) : fromVitest(report);
}

// scripts/verify.ts writes it.
function fromSteps(skipped) {
  for (const { name, lacks } of skipped) note(lacks, "steps", name);
  return { passed: 0, failed: 0, skipped: skipped.length };
}

function fromVitest(report) {
  // A test file that cannot even be loaded has no test in it; it counts as one failure.
  const broken = report.testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
  );
  for (const { name, assertionResults } of report.testResults) {
    for (const { status, meta, ancestorTitles, title } of assertionResults) {
      // The tag's, from vitest.config.ts.
      if (status === "skipped" && meta?.lacks) {
        note(meta.lacks, relative(process.cwd(), name), [...ancestorTitles, title].join(" > "));
      }
    }
  }
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

function note(lacks, file, name) {
  const files = lacking.get(lacks) ?? new Map();
  files.set(file, [...(files.get(file) ?? []), name]);
  lacking.set(lacks, files);
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

let skips = 0;
for (const [lacks, files] of lacking) {
  console.log(`\nskipped, because this machine lacks ${lacks}:`);
  for (const [file, names] of files) {
    console.log(`  ${file}`);
    for (const name of names) console.log(`    ${name}`);
    skips += names.length;
  }
}
if (values["no-skips"] && skips > 0) {
  console.log(`\n${skips} skipped for what this machine lacks: failures here`);
  total.skipped -= skips;
  total.failed += skips;
}

// Lint, types, the demo: no runner counts them. Where only such a step failed, it is the failure.
if (failedSteps.length > 0) console.log(`\nfailed: ${failedSteps.join(", ")}`);
if (total.failed === 0) total.failed = failedSteps.length;
const ran = total.passed + total.failed;
if (ran === 0) console.log("\nno test ran at all");
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
