/**
 * Probe tables in the bucket: the slow part of combining is done once per script, by whoever comes first. They lie
 * where only combiners may write, since no check tells a table of our own from a well-formed forgery. What lies there
 * is checked for its form, and computed anew where it is not right.
 */
import { gzipSync } from "node:zlib";
import { formatMappingKey } from "../../contract/object-keys.ts";
import type { CoverageStore } from "../../store/store.ts";
import { parseBytes } from "../read/read-object.ts";
import { packTable, unpackTable } from "./packed-table.ts";
import { mappingVersion, type ProbeTable } from "./probe-table.ts";

/** The stored table of this script, or undefined where there is none that can be used. */
export async function readTable(
  store: CoverageStore,
  script: { sha256: string; mapSha256: string; length: number },
  maxBytes: number,
): Promise<ProbeTable | undefined> {
  try {
    const bytes = await store.get(formatMappingKey(script.sha256, mappingVersion));
    const table = unpackTable(parseBytes(bytes, maxBytes), script.sha256, script.length);
    // The same source may have been stored with another map.
    return table?.mapSha256 === script.mapSha256 ? table : undefined;
  } catch {
    // Nobody stored one, it may not be read, or it is broken: computing it is always possible.
    return undefined;
  }
}

/** False where the store refuses: combining needs no right to write. */
export async function writeTable(store: CoverageStore, table: ProbeTable): Promise<boolean> {
  const body = gzipSync(JSON.stringify(packTable(table)));
  try {
    await store.put(formatMappingKey(table.sha256, mappingVersion), body, {
      contentType: "application/json",
      contentEncoding: "gzip",
    });
    return true;
  } catch {
    return false;
  }
}
