/** Istanbul's summary of a report. */
import type { CoverageMap } from "istanbul-lib-coverage";
import libReport from "istanbul-lib-report";
// By path: istanbul-reports' own `create(name)` requires by a computed name, which cannot be bundled.
import JsonSummaryReport from "istanbul-reports/lib/json-summary/index.js";

/** coverage-summary.json, by istanbul-reports, into memory. */
export function istanbulSummary(coverageMap: CoverageMap): string {
  const chunks: string[] = [];
  const context = libReport.createContext({ coverageMap, dir: "." });
  // istanbul-lib-report takes the writer from here before it makes one of its own, on the disk.
  context.data.writer = { writeFile: () => memoryWriter(chunks) };
  new JsonSummaryReport({}).execute(context);
  return chunks.join("");
}

function memoryWriter(chunks: string[]) {
  return {
    write: (text: string) => void chunks.push(text),
    println: (text: string) => void chunks.push(text, "\n"),
    close: () => undefined,
    colorize: (text: string) => text,
  };
}
