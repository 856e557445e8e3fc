/**
 * Writes the documentation pages that come from code, and those and the charts that come from bench/results.
 * `--check`: exit 1 where one is stale, write nothing.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { apiPage } from "./docs/api-page.ts";
import { charts } from "./docs/charts.ts";
import { cliPage } from "./docs/cli-page.ts";
import { withFiguresOfSpec, withMeasuredCriteria } from "./docs/measured-rows.ts";
import { performancePage } from "./docs/performance-page.ts";
import { pythonContract } from "./docs/python-contract.ts";
import { withFigures } from "./docs/readme-figures.ts";
import { withRemedies } from "./docs/remedy-rows.ts";
import { settingsPage } from "./docs/settings-page.ts";

const root = new URL("../", import.meta.url);

const textOf = (path: string) => readFileSync(fileURLToPath(new URL(path, root)), "utf8");

/** Path below the repository → its text. */
const pages: Record<string, () => string | Promise<string>> = {
  "docs/api.md": apiPage,
  "docs/cli.md": cliPage,
  "docs/performance.md": performancePage,
  "docs/settings.md": settingsPage,
  "python/coverage_wrapper/_agent/contract.py": pythonContract,
  "docs/errors.md": () => withRemedies(textOf("docs/errors.md")),
  // Written by hand but for what bench/results shows.
  "README.md": () => withFigures(textOf("README.md")),
  "docs/requirements.md": () => withMeasuredCriteria(textOf("docs/requirements.md")),
  "docs/spec-map.md": () => withFiguresOfSpec(textOf("docs/spec-map.md")),
};
for (const { path, svg } of charts()) if (svg !== undefined) pages[path] = () => svg;

const check = process.argv.includes("--check");
const stale: string[] = [];
for (const [path, render] of Object.entries(pages)) {
  const file = fileURLToPath(new URL(path, root));
  const text = await render();
  if (existsSync(file) && readFileSync(file, "utf8") === text) continue;
  stale.push(path);
  if (!check) writeFileSync(file, text);
}
for (const path of stale) console.log(check ? `${path} is stale: npm run docs:generate` : `wrote ${path}`);
if (check && stale.length > 0) process.exitCode = 1;
