/** Writes report files into a folder, and nowhere else. */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { type FormatName, formatDocs } from "./format-names.ts";
import { type FormatInput, reportFiles } from "./formats.ts";
import type { ReportFile } from "./report-file.ts";

export interface WrittenReport {
  format: FormatName;
  /** The file to open or to hand on. */
  file: string;
}

/** Resolves to the main file of each format, in the order asked for. Existing files are replaced. */
export async function writeReports(
  input: FormatInput,
  options: { directory: string; formats: readonly FormatName[] },
): Promise<WrittenReport[]> {
  const written: WrittenReport[] = [];
  for (const format of options.formats) {
    await writeFiles(reportFiles(format, input), options.directory);
    written.push({ format, file: path.join(options.directory, formatDocs[format].main) });
  }
  return written;
}

async function writeFiles(files: Iterable<ReportFile>, directory: string): Promise<void> {
  const root = path.resolve(directory);
  for (const { path: relative, text } of files) {
    const file = path.resolve(root, relative);
    if (!file.startsWith(path.join(root, path.sep))) {
      throw new RangeError(`report file ${JSON.stringify(relative)} would lie outside ${root}`);
    }
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}
