/** Reports: from what combine found to text, markdown, html, and the files other tools read. */
export {
  type CollectionJson,
  type CoverageFileJson,
  type CoverageJson,
  coverageJson,
} from "./coverage-py-json.ts";
export type { Figures, FileView, Metric } from "./file-view.ts";
export { type FormatName, formatDocs, formatNames } from "./format-names.ts";
export { type FormatInput, reportFiles } from "./formats.ts";
export { type ReportOptions, reportableMap, reportInput, reportModel } from "./from-combine.ts";
export { coverageMapProblem, inputFromIstanbul, relativePaths } from "./from-istanbul.ts";
export { renderMarkdown } from "./markdown.ts";
export type { Note, ReportModel } from "./model.ts";
export { checkOutputKey } from "./output-key.ts";
export type { ReportFile } from "./report-file.ts";
export { type ReportStore, writeCombinedToStore } from "./store-combined.ts";
export { renderText, type TextOptions } from "./text-table.ts";
export { missedThresholds, parseThresholds, type ThresholdMiss, type Thresholds } from "./thresholds.ts";
export { type WrittenReport, writeReports } from "./write-reports.ts";
