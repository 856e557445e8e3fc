/** Judges a manifest that was found in a package: it may be cut, edited or of another version. */
import { isSealed, type Sha256 } from "./manifest-seal.ts";
import { type ProbedFileEntry, type ProbeManifest, probeManifestFormat } from "./probe-manifest.ts";

/** V8's largest buffer is far above; a manifest beyond is no function's. */
const maxCounters = 2 ** 26;

/** The manifest, or what is wrong with it, to be said behind its name. */
export function parseProbeManifest(text: string, sha256: Sha256): ProbeManifest | string {
  let manifest: ProbeManifest;
  try {
    manifest = JSON.parse(text);
  } catch {
    return "is no JSON";
  }
  if (manifest?.format !== probeManifestFormat) return `is not of the format ${probeManifestFormat}`;
  if (!isSealed(text, sha256)) return "was changed after it was written";
  const { files, counters } = manifest;
  if (!Array.isArray(files) || !files.every(isEntry)) return "has an entry that is no file's";
  const total = files.reduce((sum, { probes }) => sum + probes, 0);
  if (total !== counters || total > maxCounters) return "has another number of counters than its files";
  return manifest;
}

const hashText = /^[0-9a-f]{64}$/;

function isEntry(value: unknown): value is ProbedFileEntry {
  const { path, kind, original, copy, plan, probes } = (value ?? {}) as ProbedFileEntry;
  return (
    typeof path === "string" &&
    (kind === "commonjs" || kind === "module") &&
    [original, copy, plan].every((hash) => typeof hash === "string" && hashText.test(hash)) &&
    Number.isSafeInteger(probes) &&
    probes > 0
  );
}
