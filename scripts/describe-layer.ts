/** The end of `npm run build:layer`: a checksum and a CycloneDX bill of materials beside each built layer zip. */
import { existsSync } from "node:fs";
import { layerName, type RuntimeFamily } from "../src/contract/runtimes.ts";
import { describeLayer } from "../src/release/describe-layer.ts";
import { builtArchivePath, readArchive } from "../src/release/layer-archive.ts";

for (const family of Object.keys(layerName) as RuntimeFamily[]) {
  if (existsSync(builtArchivePath(family))) await describeLayer(readArchive(family));
}
