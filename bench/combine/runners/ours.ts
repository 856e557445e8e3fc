/** argv: folder that plays the bucket, report folder, "stored" or "fresh". Writes json and lcov. */
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { keepHeapSmall } from "../../../src/cli/small-heap.ts";
import { combine } from "../../../src/combine/index.ts";
import { istanbulJson } from "../../../src/report/istanbul-json.ts";
import { renderLcov } from "../../../src/report/lcov.ts";
import { DirectoryStore } from "../../../src/store/directory-store.ts";

// As the command does.
keepHeapSmall();
const [folder = "", directory = "", mapping] = process.argv.slice(2);
const store = new DirectoryStore(folder);
const result = await combine({
  store,
  prefix: "coverage/",
  exclude: [],
  storeMappings: mapping === "stored",
});
const { coverageMap } = result;
await writeFile(path.join(directory, "coverage-final.json"), istanbulJson(coverageMap));
await writeFile(path.join(directory, "lcov.info"), renderLcov(coverageMap));
process.stdout.write(JSON.stringify({ usage: process.resourceUsage(), files: result.filesProcessed }));
