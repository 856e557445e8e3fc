/** `npm run compare`: writes docs/compared.md. `--check`: exit 1 where the page says something else. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { nodeBinary } from "../src/local/lambda/node-binary.ts";
import { cases } from "./compare/cases.ts";
import { comparedPage } from "./compare/page.ts";
import { type Compared, compareCase } from "./compare/tools.ts";

const page = fileURLToPath(new URL("../docs/compared.md", import.meta.url));
const require = createRequire(import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "lambda-coverage-compare-"));
try {
  const { path: node } = await nodeBinary(24);
  const results: Compared[] = [];
  for (const one of cases) results.push(await compareCase(one, node, folder));
  const text = comparedPage(results, {
    node: execFileSync(node, ["--version"], { encoding: "utf8" }).trim().slice(1),
    c8: versionOf("c8"),
    monocart: versionOf("monocart-coverage-reports"),
  });
  if (!process.argv.includes("--check")) writeFileSync(page, text);
  else if (withoutVersions(readFileSync(page, "utf8")) !== withoutVersions(text)) {
    console.error("docs/compared.md is stale: npm run compare");
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** A newer patch of a tool that says the same makes no page stale. */
function withoutVersions(text: string): string {
  return text.replace(/^c8 .*$/m, "");
}

function versionOf(name: string): string {
  const main = dirname(require.resolve(name));
  for (let at = main; ; at = dirname(at)) {
    try {
      const { name: found, version } = JSON.parse(readFileSync(join(at, "package.json"), "utf8"));
      if (found === name) return version;
    } catch (error) {
      if (at === dirname(at)) throw error;
    }
  }
}
