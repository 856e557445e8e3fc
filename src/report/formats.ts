/** Draws every report format. */
import type { CoverageMap } from "istanbul-lib-coverage";
import type { CombineResult } from "../combine/result.ts";
import { renderCobertura } from "./cobertura.ts";
import { coverageJson } from "./coverage-py-json.ts";
import { type FormatName, formatDocs } from "./format-names.ts";
import { htmlReport } from "./html/html-report.ts";
import { istanbulJson } from "./istanbul-json.ts";
import { istanbulSummary } from "./istanbul-summary.ts";
import { renderLcov } from "./lcov.ts";
import { renderMarkdown } from "./markdown.ts";
import type { ReportModel } from "./model.ts";
import type { ReportFile } from "./report-file.ts";
import { renderText } from "./text-table.ts";

export interface FormatInput {
  model: ReportModel;
  /** With names safe to print, see `reportableMap`. */
  coverageMap: CoverageMap;
  result: CombineResult;
  /** Of this package, for `meta.version`. */
  version: string;
}

/** The files of one format; their paths are relative to the report's folder. */
export function reportFiles(format: FormatName, input: FormatInput): Iterable<ReportFile> {
  return drawers[format](input, formatDocs[format].main);
}

const drawers: Record<FormatName, (input: FormatInput, path: string) => Iterable<ReportFile>> = {
  html: ({ model }) => htmlReport(model),
  lcov: ({ coverageMap }, path) => [{ path, text: renderLcov(coverageMap) }],
  json: ({ coverageMap }, path) => [{ path, text: istanbulJson(coverageMap) }],
  "json-summary": ({ coverageMap }, path) => [{ path, text: istanbulSummary(coverageMap) }],
  "coverage-py": ({ model, result, version }, path) => [
    { path, text: `${JSON.stringify(coverageJson(model, result, version))}\n` },
  ],
  cobertura: ({ model }, path) => [{ path, text: renderCobertura(model) }],
  markdown: ({ model }, path) => [{ path, text: renderMarkdown(model) }],
  text: ({ model }, path) => [{ path, text: renderText(model, { colour: false, maxItems: 1000 }) }],
};
