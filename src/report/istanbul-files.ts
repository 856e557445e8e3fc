/** lcov, Istanbul's JSON and its summary: written by istanbul-reports, into memory. */
import type { CoverageMap } from "istanbul-lib-coverage";
import libReport from "istanbul-lib-report";
// By path: istanbul-reports' own `create(name)` requires by a computed name, which cannot be bundled.
import JsonReport from "istanbul-reports/lib/json/index.js";
import JsonSummaryReport from "istanbul-reports/lib/json-summary/index.js";
import LcovOnlyReport from "istanbul-reports/lib/lcovonly/index.js";
import type { ReportFile } from "./report-file.ts";

const reports = { lcovonly: LcovOnlyReport, json: JsonReport, "json-summary": JsonSummaryReport };

/** The names inside the map must be safe already (`reportableMap`): lcov has no escapes. */
export function istanbulFile(
  coverageMap: CoverageMap,
  format: keyof typeof reports,
  path: string,
): ReportFile {
  const chunks: string[] = [];
  const context = libReport.createContext({ coverageMap, dir: "." });
  // istanbul-lib-report takes the writer from here before it makes one of its own, on the disk.
  context.data.writer = { writeFile: () => memoryWriter(chunks) };
  // Report paths are relative already; "." keeps this machine's folders out of them.
  new reports[format]({ projectRoot: "." }).execute(context);
  return { path, text: chunks.join("") };
}

function memoryWriter(chunks: string[]) {
  return {
    write: (text: string) => void chunks.push(text),
    println: (text: string) => void chunks.push(text, "\n"),
    close: () => undefined,
    colorize: (text: string) => text,
  };
}
