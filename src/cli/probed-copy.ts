/** A probed copy of a function's code for one run on this machine: what the user built stays as it is. */
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { manifestFile, probesFolder } from "../contract/probe-manifest.ts";
import { isFolder } from "../store/location.ts";

export interface ProbedCopy {
  code: string;
  /** Why nothing is probed: V8 counts then. */
  problem?: string;
  remove(): void;
}

/** `code`: a folder or a zip. */
export async function probedCopy(code: string): Promise<ProbedCopy> {
  const asIs = { code, remove: () => undefined };
  if (isFolder(code) && existsSync(join(code, probesFolder, manifestFile))) return asIs;
  const { ProbePackageError, probeFolder, probeZip } = await import("../probe-package/index.ts");
  const folder = mkdtempSync(join(tmpdir(), "lambda-coverage-probed-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const copy = join(folder, basename(code));
  try {
    cpSync(code, copy, { recursive: true, verbatimSymlinks: true });
    await (isFolder(copy) ? probeFolder(copy) : probeZip(copy));
    return { code: copy, remove };
  } catch (error) {
    remove();
    if (!(error instanceof ProbePackageError)) throw error;
    return { ...asIs, problem: error.message };
  }
}
