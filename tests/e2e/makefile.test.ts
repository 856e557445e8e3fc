import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const names = JSON.parse(readFileSync(join(root, "docs/spec-names.json"), "utf8")) as Record<
  string,
  string[]
>;
const specTargets = (names["Make targets"] ?? []).map((name) => name.replace("make ", ""));
const makefile = readFileSync(join(root, "Makefile"), "utf8");

function make(folder: string, ...args: string[]) {
  // -o: never reinstall node_modules under a test that is using it.
  return spawnSync("make", ["-C", folder, "-o", "node_modules/.package-lock.json", ...args], {
    encoding: "utf8",
  });
}

test("make help, and make alone, list every target of the specification", () => {
  const help = make(root, "help").stdout;
  expect(make(root).stdout).toBe(help);
  const listed = [...help.matchAll(/^ {2}make ([a-z-]+)/gm)].map((match) => match[1]);
  expect(specTargets.length).toBeGreaterThan(25);
  expect(specTargets.filter((target) => !listed.includes(target))).toEqual([]);
});

test("every npm script that the Makefile calls is in package.json", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: object };
  const called = [...makefile.matchAll(/\$\(call script,([\w:-]+)/g)].map((match) => match[1] as string);
  expect(called.length).toBeGreaterThan(10);
  expect([...new Set(called)].filter((name) => !(name in scripts))).toEqual([]);
});

test("a target whose script is missing or fails is an error that names it", () => {
  const folder = mkdtempSync(join(tmpdir(), "makefile-"));
  try {
    writeFileSync(join(folder, "Makefile"), makefile);
    writeFileSync(join(folder, "package.json"), JSON.stringify({ scripts: { demo: "exit 3" } }));
    const missing = make(folder, "cdk-destroy");
    expect(missing.status).not.toBe(0);
    expect(missing.stderr).toContain('package.json has no script "cdk:destroy" yet');
    expect(make(folder, "demo").status).not.toBe(0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("make version prints the package's version, bump-minor raises it", () => {
  const folder = mkdtempSync(join(tmpdir(), "makefile-"));
  try {
    writeFileSync(join(folder, "Makefile"), makefile);
    const scripts = { bump: "npm version --no-git-tag-version" };
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "x", version: "1.2.3", scripts }));
    expect(make(folder, "-s", "version").stdout.trim()).toBe("1.2.3");
    expect(make(folder, "bump-minor").status).toBe(0);
    expect(make(folder, "-s", "version").stdout.trim()).toBe("1.3.0");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
