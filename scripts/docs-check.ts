/** `npm run docs:check`: what is stale or wrong in the documentation, one line each; exit 1 when there is any. */
import { fileURLToPath } from "node:url";
import { commandFindings } from "./docs/commands.ts";
import { errorCodeFindings } from "./docs/error-codes.ts";
import { deadLinks, orphanPages } from "./docs/links.ts";
import { logLineFindings } from "./docs/log-lines.ts";
import { readPages } from "./docs/pages.ts";
import { snippetFindings } from "./docs/snippets.ts";
import { goneSourcePaths } from "./docs/source-paths.ts";
import { requirementFindings, specMapFindings } from "./docs/spec-map.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const pages = readPages(root);
const findings = [
  ...deadLinks(root, pages),
  ...orphanPages(pages),
  ...errorCodeFindings(root),
  ...logLineFindings(root),
  ...commandFindings(root, pages),
  ...goneSourcePaths(
    root,
    pages.filter((page) => !page.path.endsWith("spec-map.md")),
  ),
  ...specMapFindings(root),
  ...requirementFindings(root),
  ...snippetFindings(root, pages),
];
for (const { path, line, message } of findings) console.error(`${path}:${line}: ${message}`);
console.log(`docs: ${pages.length} pages, ${findings.length} problems`);
process.exitCode = findings.length > 0 ? 1 : 0;
