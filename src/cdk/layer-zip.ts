import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { layerName, type RuntimeFamily } from "../contract/runtimes.ts";
import { CoverageSetupError } from "./setup-error.ts";

/** Where the zip lies seen from src/cdk, from dist/cdk, and from dist/cjs/cdk. */
const folders = ["../../dist/", "../", "../../"];

/** Path of the built layer zip of this package. Throws `LayerNotBuilt` where there is none. */
export function layerZipPath(family: RuntimeFamily): string {
  const name = `${layerName[family]}-latest.zip`;
  const candidates = folders.map((folder) => fileURLToPath(new URL(`${folder}${name}`, import.meta.url)));
  const found = candidates.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new CoverageSetupError(
    "LayerNotBuilt",
    `${name} was not found (looked at ${candidates[0]}). In a clone of the repository run "npm run build:layer"; ` +
      "in a project that installed the package, install it again. Or pass a published layer by its ARN.",
  );
}
