/** The report formats by name; what draws them is loaded when a report is written. */

interface FormatDoc {
  doc: string;
  /** The file to open or to hand on. */
  main: string;
}

export const formatDocs = {
  html: { doc: "pages to look at: files, uncovered code, functions that never ran", main: "index.html" },
  lcov: { doc: "for Codecov, Coveralls, SonarQube, editors", main: "lcov.info" },
  json: { doc: "Istanbul's coverage map", main: "coverage-final.json" },
  "json-summary": { doc: "Istanbul's totals per file", main: "coverage-summary.json" },
  "coverage-py": { doc: "the shape of coverage.py's JSON report", main: "coverage.json" },
  cobertura: { doc: "for GitLab, Azure DevOps, Jenkins", main: "cobertura.xml" },
  markdown: { doc: "for a GitHub step summary", main: "coverage.md" },
  text: { doc: "a table with uncovered lines", main: "coverage.txt" },
} as const satisfies Record<string, FormatDoc>;

export type FormatName = keyof typeof formatDocs;
export const formatNames = Object.keys(formatDocs) as FormatName[];
