/** The composite action's script as a runner starts it, and that its metadata hands over what the script reads. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { collectDumps, storeDumps } from "../../src/cli/bucket.fixture.ts";

const action = fileURLToPath(new URL("../../.github/actions/combine/", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "combine-action-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(async () => {
  const script = join(folder, "app.js");
  const dumps = join(folder, "dumps");
  const runs = [{ requestId: "one", args: ["1"] }];
  mkdirSync(dumps);
  writeFileSync(
    script,
    "function never() {\n  return 1;\n}\nconst one = 1;\nconsole.log(one, typeof never);\n",
  );
  await collectDumps(script, dumps, runs);
  await storeDumps({ script, dumps, bucket: join(folder, "my bucket"), deployedPath: "app.js", runs });
});

function run(inputs: Record<string, string>) {
  const files = { GITHUB_OUTPUT: join(folder, "outputs"), GITHUB_STEP_SUMMARY: join(folder, "summary.md") };
  for (const file of Object.values(files)) writeFileSync(file, "");
  const { status, stdout, stderr } = spawnSync(join(action, "combine.sh"), {
    cwd: folder,
    encoding: "utf8",
    env: {
      ...process.env,
      ...files,
      INPUT_LOCATION: "my bucket",
      INPUT_FORMAT: "lcov",
      INPUT_OUT: "my report",
      INPUT_ROOT: ".",
      ...inputs,
    },
  });
  const [outputs, summary] = Object.values(files).map((file) => readFileSync(file, "utf8"));
  return { status, stdout, stderr, outputs, summary };
}

test("below the threshold: fails with an annotation; summary, outputs and reports are there", () => {
  const { status, stdout, outputs, summary } = run({ INPUT_FAIL_UNDER: "functions=80" });
  expect(status).toBe(3);
  expect(stdout).toContain("::error title=Lambda coverage::functions 0.0 %, wanted 80 %: 1 more to cover");
  expect(summary).toContain("## Lambda coverage");
  expect(outputs).toMatch(/^percent=\d+(\.\d+)?\nfiles-processed=1\nfiles-skipped=0\nreport=my report\n$/);
  expect(readFileSync(join(folder, "my report/lcov.info"), "utf8")).toContain("SF:app.js");
});

test("without coverage: fails, and no summary pretends there is any", () => {
  mkdirSync(join(folder, "empty"));
  const { status, summary, stderr } = run({ INPUT_LOCATION: "empty" });
  expect(status).toBe(4);
  expect(summary).toBe("");
  expect(stderr).toContain("empty");
});

test("every input reaches the script, and every variable of the script is an input", () => {
  const { inputs, runs } = parse(readFileSync(join(action, "action.yml"), "utf8")) as {
    inputs: Record<string, unknown>;
    runs: { steps: { env?: Record<string, string> }[] };
  };
  const variables = Object.keys(inputs).map((name) => `INPUT_${name.toUpperCase().replaceAll("-", "_")}`);
  expect(Object.keys(runs.steps.at(-1)?.env ?? {}).sort()).toEqual(variables.sort());
  const script = readFileSync(join(action, "combine.sh"), "utf8");
  expect([...new Set(script.match(/INPUT_[A-Z_]*[A-Z]/g))].sort()).toEqual(variables.sort());
});
