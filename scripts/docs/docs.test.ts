import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { commandFindings } from "./commands.ts";
import { anchorsOf, deadLinks, orphanPages } from "./links.ts";
import { linesOfPython, linesOfShell, linesOfTypeScript } from "./log-lines.ts";
import { fences, readPages, tableCells } from "./pages.ts";
import { proofProblems } from "./proofs.ts";
import { goneSourcePaths } from "./source-paths.ts";
import { specMapFindings } from "./spec-map.ts";

const root = mkdtempSync(join(tmpdir(), "docs-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, text: string) {
  mkdirSync(join(root, path, ".."), { recursive: true });
  writeFileSync(join(root, path), text);
}

test("links to missing files, missing headings and out of the repository are found, others are not", () => {
  write(
    "README.md",
    "# Hello\n[a](docs/a.md#in-short) [b](docs/b.md)\n```\n[c](c.md)\n```\n[d](#nope) [`e`](../e.md)\n[w](https://x.org)\n",
  );
  write("docs/a.md", "## In `short`!\n[up](../README.md#hello)\n");
  const found = deadLinks(root, readPages(root)).map(({ path, line }) => `${path}:${line}`);
  expect(found).toEqual(["README.md:2", "README.md:6", "README.md:6"]);
});

test("a page below docs/ that only itself links to is found", () => {
  const pages = [
    { path: "README.md", text: "[a](docs/a.md#x)\n`[c](docs/c.md)`" },
    { path: "docs/a.md", text: "" },
    { path: "docs/c.md", text: "[me](c.md)" },
  ];
  expect(orphanPages(pages).map(({ path }) => path)).toEqual(["docs/c.md"]);
});

test("anchors follow GitHub's rule", () => {
  expect([...anchorsOf('# A `b` c?\n## A b c\n<a id="x1"></a>\n```\n# no\n```\n')]).toEqual([
    "a-b-c",
    "a-b-c-1",
    "x1",
  ]);
});

test("code blocks and table cells are read with their places", () => {
  expect(fences("a\n```ts\nx\ny\n```\n")).toEqual([{ language: "ts", line: 3, code: "x\ny\n" }]);
  expect(tableCells("| `a \\| b` | c |")).toEqual(["`a | b`", "c"]);
  expect(tableCells("|---|:-:|")).toBeUndefined();
});

test("a proof must name something that is there, down to the test's title", () => {
  write(
    "x.test.ts",
    'const near = "adds";\ntest("adds up", () => {});\ntest.each([\n  1,\n])(\n  "of %i", () => {});',
  );
  expect(proofProblems(root, "`x.test.ts` › adds up; `x.test.ts` › of %i")).toEqual([]);
  expect(proofProblems(root, "`x.test.ts` › const near")).toHaveLength(1);
  expect(proofProblems(root, "`x.test.ts`")).toHaveLength(1);
  expect(proofProblems(root, "`x.test.ts` › divides")).toHaveLength(1);
  expect(proofProblems(root, "`gone.test.ts`")).toHaveLength(1);
  expect(proofProblems(root, "somewhere")).toHaveLength(1);
});

test("a named source file, or a name in it, that is gone is found", () => {
  write("src/a.ts", "export function here() {}");
  write("docs/b.md", "`src/a.ts` › `here`,\n`src/a.ts` ›\n`gone` and `src/b.ts`, `src/**/*.ts`\n");
  const page = readPages(root).filter(({ path }) => path === "docs/b.md");
  expect(goneSourcePaths(root, page).map((finding) => finding.line)).toEqual([2, 3]);
});

test("the spec map must have each name once, with a state and a proof", () => {
  write("docs/spec-names.json", JSON.stringify({ Functions: ["f", "g", "h"] }));
  write(
    "docs/spec-map.md",
    "## Functions\n| spec | ours | state | proof |\n|---|---|---|---|\n| `f` | f | same | `x.test.ts` › adds up |\n| `g` | g | same | |\n| `i` | i | later | |\n",
  );
  expect(specMapFindings(root).map((finding) => finding.line)).toEqual([1, 6, 5]);
});

test("log lines are read from calls, members and joined strings; what varies is …", () => {
  const typescript = `
    parts.log.warn(\`lost \${count} files\`, { details: { message: "of this" } });
    if (open) warnings.push("two words");
    list.push("no line"); throw new Error("no line either");`;
  expect(linesOfTypeScript(typescript)).toEqual(["lost … files", "of this", "two words"]);
  const python = `
    self.log.failure(f"{what} failed", error)
    self._log.write(
        "WARNING", problem)
    return (
        "first half, "
        f"{second} half")
    env.guarded("The check", check)`;
  expect(linesOfPython(python)).toEqual(["… failed", "first half, … half", "The check failed"]);
  expect(linesOfShell('  say "no such file: gone"\n')).toEqual(["no such file: gone"]);
});

test("commands, options, make targets and npm scripts that are not there are found", () => {
  write("Makefile", "demo: ## it\n\techo\n");
  write("package.json", JSON.stringify({ scripts: { "lambda-coverage": "", fuzz: "" } }));
  const text = [
    "```sh",
    "npx lambda-coverage combine s3://my-bucket/coverage/ --fail-under statements=80   # as it should be",
    "npx lambda-coverage combine --fail-below 80",
    "npm run --silent lambda-coverage -- layer publish --regions all --regoins all",
    "```",
    "`make demo`, `make domo`, `npm run fuzz -- --seed 1`, `npm run fuz`, `lambda-coverage combin x`, make haste",
  ].join("\n");
  const found = commandFindings(root, [{ path: "docs/x.md", text }]);
  expect(found.map(({ line, message }) => `${line} ${message}`)).toEqual([
    "3 lambda-coverage combine has no option --fail-below",
    "4 lambda-coverage publish has no option --regoins",
    "6 the Makefile has no target domo",
    "6 package.json has no script fuz",
    "6 lambda-coverage has no command combin",
  ]);
});
