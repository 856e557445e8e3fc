/** With Node.js and make alone the suite is set up and collected; what takes more is named, with what brings it. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { freshPath } from "../../scripts/machine/fresh-path.ts";
import { needs } from "../../scripts/machine/needs.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const contributing = readFileSync(join(root, "CONTRIBUTING.md"), "utf8");
const folder = mkdtempSync(join(tmpdir(), "fresh-machine-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Nothing else is inherited: this machine may have more. */
async function node(...args: string[]): Promise<string> {
  const elsewhere = { LIBFAKETIME: join(folder, "none"), LAMBDA_COVERAGE_CACHE: join(folder, "cache") };
  const env = { PATH: freshPath({ sandboxes: false }), HOME: folder, ...elsewhere };
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, env });
  return stdout;
}

interface Collected {
  testResults: {
    name: string;
    message: string;
    assertionResults: { status: string; tags: string[]; meta: { lacks?: string } }[];
  }[];
}
let collected: Collected["testResults"];

beforeAll(async () => {
  const projects = packageJson.scripts.test.match(/--project \S+/g)?.flatMap((each) => each.split(" ")) ?? [];
  const outputFile = join(folder, "collected.json");
  // No name is like this: every file is loaded, and none of its tests runs.
  const options = ["-t", "^no test has this name$", "--reporter", "json", "--outputFile", outputFile];
  await node(join(root, "node_modules/vitest/vitest.mjs"), "run", ...projects, ...options);
  collected = (JSON.parse(readFileSync(outputFile, "utf8")) as Collected).testResults;
}, 600_000);

test("all that is more than a fresh machine is lacking there, each with what brings it", async () => {
  const lines = (await node("--import", "tsx", "scripts/machine.ts")).trim().split("\n");
  expect(lines.map((line) => /^lacking {3}(\w+): .+ \(.+\)$/.exec(line)?.[1])).toEqual(Object.keys(needs));
  const packages = Object.values(needs).flatMap((need): readonly string[] => need.packages);
  const printed = await node("--import", "tsx", "scripts/machine.ts", "--packages");
  expect(printed.trim().split(" ").sort()).toEqual([...new Set(packages)].sort());
});

test("every test file can be loaded", () => {
  expect(collected.length).toBeGreaterThan(90);
  expect(collected.filter((file) => file.assertionResults.length === 0)).toEqual([]);
});

test("CONTRIBUTING names what each skip takes, and the files that have one", () => {
  const asked = collected.flatMap(({ name, assertionResults }) =>
    assertionResults.flatMap(({ tags, meta }) => {
      expect([name, meta.lacks !== undefined]).toEqual([name, tags.length > 0]);
      return tags.map((tag) => ({ tag: tag as keyof typeof needs, file: relative(root, name) }));
    }),
  );
  const tags = ["addon", "chromium", "libfaketime", "namespaces", "python"];
  expect([...new Set(asked.map(({ tag }) => tag))].sort()).toEqual(tags);
  for (const { tag, file } of asked) {
    const row = contributing.split("\n").find((line) => line.startsWith(`| \`${tag}\` |`)) ?? "";
    expect([tag, file, row.includes(file) || row.includes(`\`${dirname(file)}\``)]).toEqual([
      tag,
      file,
      true,
    ]);
    for (const name of needs[tag].packages) expect(row).toContain(name);
  }
});
