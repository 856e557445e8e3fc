/** Reports: from what combine found to text, markdown, html, and the files other tools read. */
export { type CoverageFileJson, type CoverageJson, coverageJson } from "./coverage-py-json.ts";
export type { Figures, FileView, Metric } from "./file-view.ts";
export { type FormatInput, type FormatName, formatNames, formats } from "./formats.ts";
export { type ReportOptions, reportableMap, reportModel } from "./from-combine.ts";
export { renderMarkdown } from "./markdown.ts";
export type { Note, ReportModel } from "./model.ts";
export type { ReportFile } from "./report-file.ts";
export { renderText, type TextOptions } from "./text-table.ts";
export { missedThresholds, parseThresholds, type ThresholdMiss, type Thresholds } from "./thresholds.ts";
export { writeReports } from "./write-reports.ts";
