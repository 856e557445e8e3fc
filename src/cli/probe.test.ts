/** `lambda-coverage probe` as a user has it: a process, its output, its exit code. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";

const main = fileURLToPath(new URL("main.ts", import.meta.url));
const root = mkdtempSync(join(tmpdir(), "probe-cli-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function probe(
  args: string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number; out: string; err: string }> {
  const loader = ["--import", import.meta.resolve("tsx")];
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...loader, main, "probe", ...args],
      { cwd: root, env: { ...process.env, ...env } },
      (error, out, err) => resolve({ code: typeof error?.code === "number" ? error.code : 0, out, err }),
    );
  });
}

function write(files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

const minified = `exports.handler=async e=>{${"e.n=(e.n??0)+1;".repeat(60)}return e}`;

test("probe, check, an edit, remove", async () => {
  write({
    "dist/index.js": "exports.handler = async (event) => event.n ?? 1;\n",
    "dist/old.js": "with (",
    "b/i.js": "1",
  });
  const first = await probe(["dist", "b"]);
  expect(first).toMatchObject({ code: 0, err: "" });
  expect(first.out).toMatch(/^package +files +probes +unpacked \(Lambda: 250 MB\) +zipped/);
  expect(first.out).toMatch(/^dist +1 +3 +55 B → [\d.]+ K?B +about [\d.]+ K?B more *$/m);
  expect(first.out).toContain("1 file of dist without a copy: unknown in reports\n  - old.js does not parse");
  expect(first.out).not.toMatch(/minified/);
  expect(await probe(["dist", "--check"])).toMatchObject({
    code: 0,
    out: "✓ dist: the probes of 1 file are what probing makes\n",
  });
  write({ "dist/index.js": "exports.handler = async (event) => event.n ?? 2;\n" });
  const checked = await probe(["dist", "b", "--check"]);
  expect(checked.code).toBe(8);
  expect(checked.out).toMatch(
    /✗ dist: .*\n {2}- index\.js has changed since it was probed\n.*probe dist\n✓ b/,
  );
  expect(JSON.parse((await probe(["dist", "--check", "--json"])).out)).toMatchObject({
    packages: [{ package: "dist", differences: ["index.js has changed since it was probed"] }],
  });
  expect(await probe(["dist", "--remove"])).toMatchObject({ code: 0, out: "dist: probes removed\n" });
  expect(existsSync(join(root, "dist/lambda-coverage-probes"))).toBe(false);
});

test("minified code without a mend is warned about; --maps is one, COVERAGE_STACKS the other", async () => {
  write({ "min/index.js": minified });
  const warned = await probe(["min"]);
  expect(warned.out).toMatch(/! index\.js is minified: [\s\S]*COVERAGE_STACKS=true[\s\S]*--maps <dir>/);
  expect((await probe(["min", "--maps", "maps"])).out).not.toMatch(/minified/);
  const { debugId, debug_id } = JSON.parse(readFileSync(join(root, "maps/index.js.map"), "utf8"));
  expect(debug_id).toBe(debugId);
  expect(readFileSync(join(root, "maps/index.js"), "utf8")).toContain(`//# debugId=${debugId}`);
});

test("--json has every figure and name", async () => {
  write({ "json/index.js": minified, "json/node_modules/x/index.js": "1" });
  const { packages } = JSON.parse((await probe(["json", "--json"])).out);
  expect(packages).toMatchObject([
    { package: "json", files: 1, excluded: 1, minified: ["index.js"], notProbed: [], unprobedCode: [] },
  ]);
  const { unzipped, zippedProbes } = packages[0].sizes;
  expect(unzipped.before).toBe(minified.length + 1);
  expect(unzipped.after).toBeGreaterThan(unzipped.before + zippedProbes);
});

test.each([
  [["nowhere"], 2, /There is no nowhere\. \[NoSuchPackage\]/],
  [["dist", "--check", "--remove"], 2, /exclude each other\. \[CheckOrRemove\]/],
  [["app.py"], 1, /app\.py cannot be read as a zip: [\s\S]* \[ZipUnreadable\]/],
])("%j: said with its remedy", async (args, code, message) => {
  write({ "dist/index.js": "1", "app.py": "pass" });
  const ended = await probe(args);
  expect(ended).toMatchObject({ code, out: "" });
  expect(ended.err).toMatch(message);
});
