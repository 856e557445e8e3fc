/**
 * The text of the manifest of probed copies. It begins with the sha256 of all that follows: where entries were edited or
 * exchanged, a copy would count in another file's counters, or run as the wrong kind of module.
 */
import type { ProbeManifest } from "./probe-manifest.ts";

/** Lower-case hex. */
export type Sha256 = (text: string) => string;

export function formatManifest(manifest: ProbeManifest, sha256: Sha256): string {
  return sealed(`,${JSON.stringify(manifest).slice(1)}\n`, sha256);
}

/** Whether nothing in it was changed since it was written. */
export function isSealed(text: string, sha256: Sha256): boolean {
  return text === sealed(text.slice(sealLength), sha256);
}

const sealLength = '{"seal":""'.length + 64;

function sealed(rest: string, sha256: Sha256): string {
  return `{"seal":"${sha256(rest)}"${rest}`;
}
