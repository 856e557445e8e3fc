/** Reports: from what combine found to text, markdown, html, and the files other tools read. */
export { type CollectionJson, type CoverageJson, coverageJson } from "./coverage-py-json.ts";
export type { Metric } from "./file-view.ts";
export type { FormatInput } from "./formats.ts";
export { reportableMap, reportInput, reportModel } from "./from-combine.ts";
export { inputFromIstanbul, relativePaths } from "./from-istanbul.ts";
export { checkOutputKey } from "./output-key.ts";
export { writeCombinedToStore } from "./store-combined.ts";
export { renderText } from "./text-table.ts";
export { missedThresholds, type ThresholdMiss, type Thresholds } from "./thresholds.ts";
export { type WrittenReport, writeReports } from "./write-reports.ts";
