/** argv: dumps, entry, report folder. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { CoverageReport } from "monocart-coverage-reports";

const [folder = "", entry = "", outputDir = ""] = process.argv.slice(2);
const source = readFileSync(entry, "utf8");
const sourceMap = JSON.parse(readFileSync(`${entry}.map`, "utf8"));
const report = new CoverageReport({
  outputDir,
  reports: ["json", "lcovonly"],
  logging: "off",
  cleanCache: true,
});
for (const name of readdirSync(folder)) {
  const { result } = JSON.parse(readFileSync(path.join(folder, name), "utf8"));
  await report.add([{ ...result[0], source, sourceMap, scriptOffset: 0 }]);
}
await report.generate();
process.stdout.write(JSON.stringify({ usage: process.resourceUsage() }));
