/** Where a prefix has no coverage files: the nearest place that has some. */

import { coverageSuffix } from "../contract/object-keys.ts";
import { formatDocs } from "../report/format-names.ts";
import type { OpenedStore } from "../store/open-store.ts";

/** Keys looked at per place; enough to find one file, without reading a whole bucket. */
const maxListed = 5_000;

/** E.g. `coverage/2026/11/20/`, the folder of a coverage file near the prefix; undefined where there is none. */
export async function nearestFolderWithCoverage({ store, prefix }: OpenedStore): Promise<string | undefined> {
  for (let above = parentOf(prefix); above !== undefined; above = parentOf(above)) {
    let listed = 0;
    let last: string | undefined;
    for await (const { key } of store.list(above)) {
      if (key.endsWith(coverageSuffix)) last = key;
      if (++listed === maxListed) break;
    }
    if (last !== undefined) return last.slice(0, last.lastIndexOf("/") + 1);
  }
  return undefined;
}

/** The prefix one folder up; undefined above the store's root. */
function parentOf(prefix: string): string | undefined {
  if (prefix === "") return undefined;
  const trimmed = prefix.replace(/\/$/, "");
  return trimmed.slice(0, trimmed.lastIndexOf("/") + 1);
}

/** The location of a report that the prefix names, or that lies in the folder that it names. */
export async function reportAt({ store, prefix }: OpenedStore): Promise<string | undefined> {
  const named = prefix.replace(/\/$/, "");
  const candidates = [...(/\.json$/i.test(named) ? [named] : []), `${prefix}${formatDocs.json.main}`];
  for (const key of candidates) {
    for await (const found of store.list(key)) if (found.key === key) return `${store.location}/${key}`;
  }
  return undefined;
}
