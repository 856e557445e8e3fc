import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { visitEntries } from "./archive-entries.ts";
import type { BundledPackage } from "./sbom.ts";

/** esbuild's metafiles by bundle, as `dist/layer-meta.json` holds them. */
type Metafiles = Record<string, { inputs: Record<string, unknown> }>;

/** npm packages that the layer's bundles took code from. */
export function npmPackages(repository: string): BundledPackage[] {
  const metafiles = JSON.parse(readFileSync(join(repository, "dist/layer-meta.json"), "utf8")) as Metafiles;
  return packagesOf(repository, metafiles).map(({ folder: _, ...bundled }) => bundled);
}

/** With the folders that they lie in, below the repository. */
export function packagesOf(
  repository: string,
  metafiles: Metafiles,
): (BundledPackage & { folder: string })[] {
  const inputs = Object.values(metafiles).flatMap((metafile) => Object.keys(metafile.inputs));
  const folders = new Set(inputs.flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? []));
  return [...folders].map((folder) => {
    const manifest = join(repository, folder, "package.json");
    const found = JSON.parse(readFileSync(manifest, "utf8")) as {
      name: string;
      version: string;
      license?: string;
    };
    const license = found.license === undefined ? {} : { license: found.license };
    return { name: found.name, version: found.version, ecosystem: "npm", ...license, folder };
  });
}

/** Python packages whose metadata lies in the zip. */
export function pythonPackages(zip: Uint8Array): Promise<BundledPackage[]> {
  return visitEntries(zip, async (entries) => {
    const metadata = entries.filter((entry) => /\.dist-info\/METADATA$/.test(entry.path));
    const texts = await Promise.all(metadata.map(async (entry) => (await entry.read()).toString()));
    const packages = texts.map((text) => ({
      name: field(text, "Name") ?? "unknown",
      version: field(text, "Version") ?? "0",
      ecosystem: "pypi" as const,
      ...optionalLicense(field(text, "License-Expression")),
    }));
    return [...new Map(packages.map((it) => [`${it.name}@${it.version}`, it])).values()];
  });
}

function optionalLicense(license: string | undefined): { license?: string } {
  return license === undefined ? {} : { license };
}

function field(text: string, name: string): string | undefined {
  return new RegExp(`^${name}: (.+)$`, "m").exec(text)?.[1]?.trim();
}

/** Whether this is a clone of the repository, where the layer can be built. */
export function isRepository(folder: string): boolean {
  return existsSync(join(folder, "scripts/build-layer.ts"));
}
