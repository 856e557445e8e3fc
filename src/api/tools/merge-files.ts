/** Adds up coverage files on disk into one: a partial sum, which is a coverage file itself. */
import { randomUUID } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { CombineError, combineToSum } from "../../combine/index.ts";
import { formatSumKey } from "../../contract/object-keys.ts";
import { openLocalFiles } from "./local-files.ts";

/** Unusable files are skipped, unless nothing is left. The sum lies beside the scripts of its files. */
export async function mergeFiles(coverageFiles: readonly string[]): Promise<string> {
  const { store, keys, root } = openLocalFiles(coverageFiles);
  const { sum, gathered } = await combineToSum({ store, prefix: "", keys });
  if (gathered.filesProcessed === 0) {
    const [first] = gathered.skipped;
    throw new CombineError(
      "NoCoverageFiles",
      first === undefined
        ? "no coverage files were named"
        : `none can be used; the first: ${first.key}: ${first.detail}`,
      "Name files that downloadCoverageFiles or the layer wrote.",
    );
  }
  const file = path.join(root, formatSumKey("", new Date(), randomUUID().slice(0, 8)));
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, sum);
  return file;
}
