import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { layerName, type RuntimeFamily } from "../contract/runtimes.ts";
import { layerVersion } from "../contract/version.ts";
import { CoverageSetupError } from "./setup-error.ts";

/** Where the zip lies seen from src/cdk, from dist/cdk, and from dist/cjs/cdk. */
const folders = ["../../dist/", "../", "../../"];

/** Path of the built layer zip of this package. Throws `LayerNotBuilt` where there is none. */
export function layerZipPath(family: RuntimeFamily): string {
  const paths = candidates(family);
  const found = paths.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new CoverageSetupError(
    "LayerNotBuilt",
    `${zipName(family)} was not found (looked at ${paths[0]}). In a clone of the repository run ` +
      `"npm run build:layer${family === "python" ? ":python" : ""}"; in a project that installed the package, install ` +
      "it again. Or pass a published layer by its ARN.",
  );
}

export function isLayerBuilt(family: RuntimeFamily): boolean {
  return candidates(family).some((path) => existsSync(path));
}

function candidates(family: RuntimeFamily): string[] {
  return folders.map((folder) => fileURLToPath(new URL(`${folder}${zipName(family)}`, import.meta.url)));
}

function zipName(family: RuntimeFamily): string {
  return `${layerName[family]}-${layerVersion}.zip`;
}
