/** Every report format by name: what the command line offers and what the combiner stores. */
import type { CoverageMap } from "istanbul-lib-coverage";
import type { CombineResult } from "../combine/result.ts";
import { renderCobertura } from "./cobertura.ts";
import { coverageJson } from "./coverage-py-json.ts";
import { htmlReport } from "./html/html-report.ts";
import { istanbulFile } from "./istanbul-files.ts";
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

interface Format {
  doc: string;
  /** The file to open or to hand on. */
  main: string;
  files(input: FormatInput): Iterable<ReportFile>;
}

export const formats = {
  html: {
    doc: "pages to look at: files, uncovered code, functions that never ran",
    main: "index.html",
    files: ({ model }) => htmlReport(model),
  },
  lcov: {
    doc: "lcov.info, for Codecov, Coveralls, SonarQube, editors",
    main: "lcov.info",
    files: ({ coverageMap }) => [istanbulFile(coverageMap, "lcovonly", "lcov.info")],
  },
  json: {
    doc: "coverage-final.json, Istanbul's own",
    main: "coverage-final.json",
    files: ({ coverageMap }) => [istanbulFile(coverageMap, "json", "coverage-final.json")],
  },
  "json-summary": {
    doc: "coverage-summary.json, Istanbul's totals per file",
    main: "coverage-summary.json",
    files: ({ coverageMap }) => [istanbulFile(coverageMap, "json-summary", "coverage-summary.json")],
  },
  "coverage-py": {
    doc: "coverage.json, in the shape of coverage.py's JSON report",
    main: "coverage.json",
    files: ({ model, result, version }) => [
      { path: "coverage.json", text: `${JSON.stringify(coverageJson(model, result, version))}\n` },
    ],
  },
  cobertura: {
    doc: "cobertura.xml, for GitLab, Azure DevOps, Jenkins",
    main: "cobertura.xml",
    files: ({ model }) => [{ path: "cobertura.xml", text: renderCobertura(model) }],
  },
  markdown: {
    doc: "coverage.md, for a GitHub step summary",
    main: "coverage.md",
    files: ({ model }) => [{ path: "coverage.md", text: renderMarkdown(model) }],
  },
  text: {
    doc: "a table on the terminal, coverage.txt in the folder",
    main: "coverage.txt",
    files: ({ model }) => [
      { path: "coverage.txt", text: renderText(model, { colour: false, maxItems: 1000 }) },
    ],
  },
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof formats;
export const formatNames = Object.keys(formats) as FormatName[];
