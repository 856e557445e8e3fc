/** `@bcoe/v8-coverage` merges (incrementally, as vitest does), ast-v8-to-istanbul converts. argv: dumps, entry, report folder. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { mergeProcessCovs } from "@bcoe/v8-coverage";
import { parse } from "acorn";
import { convert } from "ast-v8-to-istanbul";
import libCoverage from "istanbul-lib-coverage";
import libReport from "istanbul-lib-report";
import reports from "istanbul-reports";

const [folder = "", entry = "", dir = ""] = process.argv.slice(2);
const dumps = readdirSync(folder).map((name) => JSON.parse(readFileSync(path.join(folder, name), "utf8")));
const merged = mergeProcessCovs(dumps);
const code = readFileSync(entry, "utf8");
const data = await convert({
  code,
  ast: parse(code, {
    ecmaVersion: "latest",
    sourceType: "module",
    allowReturnOutsideFunction: true,
  }) as never,
  coverage: merged.result[0] as never,
  sourceMap: JSON.parse(readFileSync(`${entry}.map`, "utf8")),
});
const coverageMap = libCoverage.createCoverageMap(data as never);
const context = libReport.createContext({ dir, coverageMap, defaultSummarizer: "nested" });
for (const name of ["json", "lcovonly"] as const) reports.create(name).execute(context);
process.stdout.write(JSON.stringify({ usage: process.resourceUsage() }));
