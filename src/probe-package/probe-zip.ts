/** A zip's probes: planned in an unpacked copy, written into the zip itself. */
import { mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkFitsLambda } from "./check-package.ts";
import { type ProbeFolderOptions, planProbes } from "./probe-folder.ts";
import { ProbePackageError, systemCode } from "./probe-package-error.ts";
import type { ProbedPackage } from "./probed-package.ts";
import type { Contents } from "./write-folder.ts";
import { entryOf, isOfProbes, readZip, unpack, writeZip, type ZipEntry } from "./zip-file.ts";

/** The entries of a zip on disk. Throws a ProbePackageError. */
export async function openZip(zip: string): Promise<ZipEntry[]> {
  try {
    return await readZip(readFileSync(zip));
  } catch (error) {
    throw new ProbePackageError(
      "ZipUnreadable",
      `${zip} cannot be read as a zip: ${(error as Error).message}.`,
      "Give the folder or the zip that is deployed.",
      error,
    );
  }
}

/** The zip as it would be, and what is to be said of it. */
export interface PlannedZip extends ProbedPackage {
  zip: Buffer;
}

export async function planZip(zip: string, options: ProbeFolderOptions = {}): Promise<PlannedZip> {
  const entries = await openZip(zip);
  const own = entries.filter((entry) => !isOfProbes(entry));
  const folder = mkdtempSync(join(tmpdir(), "lambda-coverage-probe-"));
  try {
    unpack(own, folder);
    const probed = await planProbes(folder, options, zip);
    const bytes = await writeZip([...own, ...entriesOf(probed.contents)]);
    const isFirst = own.length === entries.length;
    const before = isFirst ? statSync(zip).size : (await writeZip(own)).length;
    const sizes = { ...probed.report.sizes, zipped: { before, after: bytes.length } };
    return { ...probed, zip: bytes, report: { ...probed.report, sizes } };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes `lambda-coverage-probes/` into a zip. Throws a ProbePackageError. */
export async function probeZip(zip: string, options: ProbeFolderOptions = {}): Promise<ProbedPackage> {
  const planned = await planZip(zip, options);
  checkFitsLambda(planned.report.sizes, zip);
  replaceZip(zip, planned.zip);
  return planned;
}

/** False: there were no probes. */
export async function removeProbesFromZip(zip: string): Promise<boolean> {
  const entries = await openZip(zip);
  const own = entries.filter((entry) => !isOfProbes(entry));
  if (own.length === entries.length) return false;
  replaceZip(zip, await writeZip(own));
  return true;
}

/** What lies in the probes' folder of a zip. Empty: there is none. */
export async function readProbesOfZip(zip: string): Promise<Map<string, Buffer>> {
  const entries = (await openZip(zip)).filter((entry) => isOfProbes(entry) && !entry.path.endsWith("/"));
  return new Map(entries.map(({ path, bytes }) => [path, bytes]));
}

function entriesOf(contents: Contents): ZipEntry[] {
  return [...contents].map(([path, bytes]) => entryOf(path, bytes));
}

/** Written beside and renamed; left alone where it is the same. */
function replaceZip(zip: string, bytes: Buffer): void {
  const next = `${zip}.new`;
  try {
    if (readFileSync(zip).equals(bytes)) return;
    writeFileSync(next, bytes, { mode: statSync(zip).mode & 0o777 });
    renameSync(next, zip);
  } catch (error) {
    rmSync(next, { force: true });
    throw new ProbePackageError(
      "PackageNotWritable",
      `${zip} cannot be written: ${systemCode(error) ?? (error as Error).message}.`,
      "Allow writing there, or probe a copy of the zip. The zip is as it was.",
      error,
    );
  }
}
