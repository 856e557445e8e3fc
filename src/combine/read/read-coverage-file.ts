/** One coverage file of a store, for tools that look into single files. */
import type { CoverageFile } from "../../contract/coverage-file.ts";
import { isCoverageSum } from "../../contract/coverage-sum.ts";
import type { CoverageStore } from "../../store/store.ts";
import { defaultLimits } from "../options.ts";
import { parseBytes, readBytes } from "./read-object.ts";
import { checkCoverageFile, checkFormat, UnusableFile } from "./validate.ts";

/** Undefined for a partial sum and for what combine would skip. */
export async function readCoverageFile(store: CoverageStore, key: string): Promise<CoverageFile | undefined> {
  try {
    const value = checkFormat(parseBytes(await readBytes(store, key), defaultLimits.maxFileBytes));
    return isCoverageSum(value) ? undefined : checkCoverageFile(value);
  } catch (error) {
    if (error instanceof UnusableFile) return undefined;
    throw error;
  }
}
