import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { npmPackages, pythonPackages } from "./bundled-packages.ts";
import { checksumLine, type LayerArchive } from "./layer-archive.ts";
import { layerSbom } from "./sbom.ts";

export const repositoryFolder = fileURLToPath(new URL("../../", import.meta.url));

/** Writes `<zip>.sha256` and `<zip>.cdx.json` beside a built zip; returns their paths. */
export async function describeLayer(archive: LayerArchive): Promise<string[]> {
  const packages =
    archive.family === "nodejs" ? npmPackages(repositoryFolder) : await pythonPackages(archive.bytes);
  const checksum = `${archive.path}.sha256`;
  const sbom = `${archive.path}.cdx.json`;
  writeFileSync(checksum, checksumLine(archive));
  writeFileSync(sbom, await layerSbom(archive, packages));
  return [checksum, sbom];
}
