/** The workflows by actionlint (built by Go, once). Missing Go fails. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { cachedFolder } from "../../src/local/lambda/cache.ts";

const version = "v1.7.12";
const root = fileURLToPath(new URL("../..", import.meta.url));
let actionlint: string;

beforeAll(async () => {
  const folder = await cachedFolder(`actionlint-${version}`, async (target) => {
    execFileSync("go", ["install", `github.com/rhysd/actionlint/cmd/actionlint@${version}`], {
      env: { ...process.env, GOBIN: target },
      stdio: ["ignore", "inherit", "inherit"],
    });
  });
  actionlint = join(folder, "actionlint");
});

const lint = (cwd: string) => spawnSync(actionlint, ["-no-color"], { cwd, encoding: "utf8" });

test("actionlint finds nothing in the workflows and the action they use", () => {
  expect(readdirSync(join(root, ".github/workflows")).sort()).toEqual(["release.yml", "verify.yml"]);
  const { status, stdout } = lint(root);
  expect(stdout).toBe("");
  expect(status).toBe(0);
});

test("every action of others is pinned to a commit, its version beside it", () => {
  const folder = join(root, ".github/workflows");
  const used = readdirSync(folder).flatMap((name) =>
    [...readFileSync(join(folder, name), "utf8").matchAll(/uses: (?!\.\/)(.*)/g)].map((match) => match[1]),
  );
  expect(used.length).toBeGreaterThan(0);
  expect(used.filter((action) => !/^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action ?? ""))).toEqual([]);
});

test("it would find an input that the combine action does not have", () => {
  const workflow = `on: push
jobs:
  one:
    runs-on: ubuntu-24.04
    steps:
      - uses: ./.github/actions/combine
        with:
          bucket: my-bucket
`;
  const project = mkdtempSync(join(tmpdir(), "actionlint-"));
  cpSync(join(root, ".github"), join(project, ".github"), { recursive: true });
  // It finds a project, and with it local actions, by its repository.
  mkdirSync(join(project, ".git"));
  writeFileSync(join(project, ".github/workflows/wrong.yml"), workflow);
  const { status, stdout } = lint(project);
  rmSync(project, { recursive: true });
  expect(status).toBe(1);
  expect(stdout).toContain('missing input "location"');
  expect(stdout).toContain('"bucket" is not defined');
});
