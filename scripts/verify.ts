/**
 * `npm run verify`, and so `make test`: every step in turn, up to the first that fails. A step sees the PATH of a fresh
 * machine; one that takes more is left out, by name, where the machine lacks it. The last line counts what ran and what
 * was skipped (.ci/count-tests.mjs); with --no-skips a skip for what the machine lacks is a failure.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freshPath } from "./machine/fresh-path.ts";
import { lacking, type NeedName } from "./machine/needs.ts";

interface Step {
  script: string;
  /** Left out where the machine lacks it. */
  need?: NeedName;
  /** vitest.config.ts narrows the PATH itself, for each project as it takes. */
  narrowsItself?: boolean;
}

const steps: Step[] = [
  { script: "lint" },
  { script: "types" },
  { script: "build:layer" },
  { script: "build:layer:python", need: "python" },
  { script: "build:addon", need: "compiler" },
  { script: "test", narrowsItself: true },
  { script: "check:layer" },
  { script: "check:layer:python", need: "python" },
  { script: "docs:check" },
];

const root = fileURLToPath(new URL("..", import.meta.url));
const work = mkdtempSync(join(tmpdir(), "verify-"));
const results = process.env.TEST_RESULTS_DIR ?? join(work, "results");
const narrow = freshPath();

function passes({ script, need, narrowsItself }: Step): boolean {
  const PATH = need !== undefined || narrowsItself ? process.env.PATH : narrow;
  const env = { ...process.env, PATH, TEST_RESULTS_DIR: results };
  return spawnSync("npm", ["run", "--silent", script], { cwd: root, env, stdio: "inherit" }).status === 0;
}

const skipped: { name: string; lacks: string }[] = [];
let failed: string | undefined;
for (const step of steps) {
  const lacks = step.need && lacking(step.need);
  if (lacks !== undefined) skipped.push({ name: `npm run ${step.script}`, lacks });
  else if (!passes(step)) {
    failed = step.script;
    break;
  }
}
mkdirSync(results, { recursive: true });
writeFileSync(join(results, "steps.json"), JSON.stringify({ skippedSteps: skipped }));
const count = [".ci/count-tests.mjs", ...process.argv.slice(2), results, ...(failed ? [failed] : [])];
process.exitCode = spawnSync(process.execPath, count, { cwd: root, stdio: "inherit" }).status ?? 1;
rmSync(work, { recursive: true, force: true });
