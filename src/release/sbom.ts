import { createHash } from "node:crypto";
import { basename } from "node:path";
import { type ArchiveEntry, visitEntries } from "./archive-entries.ts";
import type { LayerArchive } from "./layer-archive.ts";

/** Somebody else's package inside the layer. */
export interface BundledPackage {
  name: string;
  version: string;
  /** SPDX expression, where the package states one. */
  license?: string;
  ecosystem: "npm" | "pypi";
}

/**
 * The layer's software bill of materials as CycloneDX 1.6 JSON (https://cyclonedx.org/docs/1.6/json/): every file
 * of the zip with its hash, every bundled package. Without a time stamp, so that equal zips have equal bills.
 */
export async function layerSbom(archive: LayerArchive, packages: readonly BundledPackage[]): Promise<string> {
  const files = await visitEntries(archive.bytes, (entries) => Promise.all(entries.map(fileComponent)));
  const sorted = [...packages].sort((a, b) => (packageUrl(a) < packageUrl(b) ? -1 : 1));
  const bill = {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${uuidOf(archive.sha256)}`,
    version: 1,
    metadata: {
      component: {
        type: "library",
        "bom-ref": "layer",
        name: basename(archive.path).replace(/-\d[^/]*\.zip$/, ""),
        version: archive.version,
        licenses: [{ license: { id: "MIT" } }],
        hashes: [{ alg: "SHA-256", content: archive.sha256 }],
      },
    },
    components: [...sorted.map(packageComponent), ...files],
    dependencies: [{ ref: "layer", dependsOn: sorted.map(packageUrl) }],
  };
  return `${JSON.stringify(bill, null, 2)}\n`;
}

async function fileComponent(entry: ArchiveEntry) {
  const content = createHash("sha256")
    .update(await entry.read())
    .digest("hex");
  return { type: "file", name: entry.path, hashes: [{ alg: "SHA-256", content }] };
}

function packageComponent(bundled: BundledPackage) {
  const purl = packageUrl(bundled);
  return {
    type: "library",
    "bom-ref": purl,
    name: bundled.name,
    version: bundled.version,
    purl,
    ...(bundled.license === undefined ? {} : { licenses: [{ expression: bundled.license }] }),
  };
}

function packageUrl({ name, version, ecosystem }: BundledPackage): string {
  return `pkg:${ecosystem}/${name.replace("@", "%40")}@${version}`;
}

/** A UUID (version 8: own scheme, RFC 9562) from the zip's hash. */
function uuidOf(sha256: string): string {
  const variant = ((Number.parseInt(sha256[16] ?? "0", 16) & 0x3) | 0x8).toString(16);
  return [
    sha256.slice(0, 8),
    sha256.slice(8, 12),
    `8${sha256.slice(13, 16)}`,
    `${variant}${sha256.slice(17, 20)}`,
    sha256.slice(20, 32),
  ].join("-");
}
