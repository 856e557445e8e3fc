/** argv: folder that plays the bucket, report folder, "stored" or "fresh". Writes json and lcov. */
import libReport from "istanbul-lib-report";
import reports from "istanbul-reports";
import { combine } from "../../../src/combine/index.ts";
import { DirectoryStore } from "../../../src/store/directory-store.ts";

const [folder = "", dir = "", mapping] = process.argv.slice(2);
const store = new DirectoryStore(folder);
const result = await combine({
  store,
  prefix: "coverage/",
  exclude: [],
  storeMappings: mapping === "stored",
});
const context = libReport.createContext({
  dir,
  coverageMap: result.coverageMap,
  defaultSummarizer: "nested",
});
for (const name of ["json", "lcovonly"] as const) reports.create(name).execute(context);
process.stdout.write(
  JSON.stringify({
    usage: process.resourceUsage(),
    files: result.filesProcessed,
    summary: result.coverageMap.getCoverageSummary().statements,
  }),
);
