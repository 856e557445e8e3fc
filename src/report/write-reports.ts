/** Writes report files into a folder, and nowhere else: the old report stays until the new one is whole. */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { type FormatName, formatDocs } from "./format-names.ts";
import { type FormatInput, reportFiles } from "./formats.ts";
import type { ReportFile } from "./report-file.ts";
import { moveIntoPlace, withStagingFolder } from "./staging-folder.ts";

export interface WrittenReport {
  format: FormatName;
  /** The file to open or to hand on. */
  file: string;
}

/**
 * Resolves to the main file of each format, in the order asked for. Existing reports are replaced, all or none: what
 * fails while they are written (a full disk) leaves those that were there.
 */
export async function writeReports(
  input: FormatInput,
  options: { directory: string; formats: readonly FormatName[] },
): Promise<WrittenReport[]> {
  const { formats, directory } = options;
  if (formats.length === 0) return [];
  const root = path.resolve(directory);
  const mains = formats.map((format) => formatDocs[format].main);
  await mkdir(root, { recursive: true });
  await withStagingFolder(root, async (staging) => {
    for (const format of formats) await writeFiles(reportFiles(format, input), staging);
    await moveIntoPlace(staging, root, mains);
  });
  return formats.map((format) => ({ format, file: path.join(directory, formatDocs[format].main) }));
}

async function writeFiles(files: Iterable<ReportFile>, root: string): Promise<void> {
  for (const { path: relative, text } of files) {
    const file = path.resolve(root, relative);
    if (!file.startsWith(path.join(root, path.sep))) {
      throw new RangeError(`report file ${JSON.stringify(relative)} would lie outside ${root}`);
    }
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}
