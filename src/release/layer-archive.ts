import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { layerName, type RuntimeFamily } from "../contract/runtimes.ts";
import { packageVersion } from "./package-version.ts";
import { ReleaseError } from "./release-error.ts";

/** A built layer zip, as it is published. */
export interface LayerArchive {
  path: string;
  family: RuntimeFamily;
  bytes: Uint8Array;
  /** Lower-case hex, as in the `.sha256` file. */
  sha256: string;
  /** Base64, as Lambda's CodeSha256. */
  codeSha256: string;
  /** The package's version. */
  version: string;
}

const packageFolder = new URL("../../", import.meta.url);

/** `dist/lambda-coverage-layer-<version>.zip` of this package. */
export function builtArchivePath(family: RuntimeFamily): string {
  return fileURLToPath(new URL(`dist/${layerName[family]}-${packageVersion()}.zip`, packageFolder));
}

/** Reads a layer zip. Throws `LayerNotBuilt` where there is none. */
export function readArchive(family: RuntimeFamily, path: string = builtArchivePath(family)): LayerArchive {
  if (!existsSync(path)) {
    throw new ReleaseError(
      "LayerNotBuilt",
      `There is no ${path}.`,
      "Build it first: lambda-coverage layer build",
    );
  }
  const bytes = readFileSync(path);
  const hash = createHash("sha256").update(bytes);
  const sha256 = hash.digest("hex");
  return {
    path,
    family,
    bytes,
    sha256,
    codeSha256: Buffer.from(sha256, "hex").toString("base64"),
    version: packageVersion(),
  };
}

/** The line of `sha256sum`, so that `sha256sum --check` takes it. */
export function checksumLine(archive: LayerArchive): string {
  return `${archive.sha256}  ${basename(archive.path)}\n`;
}
