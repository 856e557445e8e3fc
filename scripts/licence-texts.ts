/** The licences of what a bundle took code from: they ask to go with every copy. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { BundledPackage } from "../src/release/sbom.ts";

const licenceName = /^(?:licen[cs]e|copying|notice)/i;

/** Our own text, then each package's. Throws where a package has none. */
export function licenceTexts(
  root: string,
  packages: readonly (BundledPackage & { folder: string })[],
): string {
  const own = readFileSync(join(root, "LICENSE"), "utf8");
  const theirs = [...packages]
    .map((bundled) => ({ title: licenceTitle(bundled), text: textOf(join(root, bundled.folder), bundled) }))
    .sort((a, b) => (a.title < b.title ? -1 : 1));
  return [{ title: "lambda-coverage-layer", text: own }, ...theirs]
    .map(({ title, text }) => `${title}\n${"=".repeat(title.length)}\n\n${text.trim()}\n`)
    .join("\n\n");
}

/** The heading of a package's part. */
export function licenceTitle({ name, version, license }: BundledPackage): string {
  return `${name} ${version}${license === undefined ? "" : ` (${license})`}`;
}

function textOf(folder: string, { name }: BundledPackage): string {
  const files = readdirSync(folder).filter((file) => licenceName.test(file));
  if (files.length === 0) throw new Error(`${name} is bundled and brings no licence text (${folder})`);
  return files.map((file) => readFileSync(join(folder, file), "utf8").trim()).join("\n\n");
}
