/** Committed pages whose figures come from runs of the real thing: made again, they are the same. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Rejects, with the command that makes the page anew, where it is stale. */
const check = (script: string) =>
  promisify(execFile)(process.execPath, ["--import", "tsx", `scripts/${script}.ts`, "--check"], {
    cwd: root,
  });

test("docs/compared.md: the tools say what it says, and ours is never wrong where another is", async () => {
  await check("compare");
  const page = readFileSync(join(root, "docs/compared.md"), "utf8");
  // c8 and monocart call the never-run function of the lost file covered: why the page exists.
  expect(page).toMatch(/lost\]\(.*\| 19 of 19 lines, 100 % \| 11 of 11 lines, 100 % \|/);
  const listings = page
    .split("```text\n")
    .slice(1)
    .map((part) => part.split("\n```")[0] as string);
  expect(listings).toHaveLength(3);
  for (const listing of listings) {
    // Columns of c8, monocart, ours.
    const wrong = listing
      .split("\n")
      .slice(1)
      .map((line) => [line.slice(10, 18), line.slice(18, 30), line.slice(30, 40)]);
    const counts = [0, 1, 2].map((tool) => wrong.filter((cells) => cells[tool]?.includes("!")).length);
    expect(counts[0]).toBeGreaterThan(0);
    expect(counts[1]).toBeGreaterThan(0);
    expect(counts[2]).toBe(0);
  }
});

test("docs/sample-report is what the demo's requests give", async () => {
  await check("sample-report");
});
