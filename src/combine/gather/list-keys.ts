/** The keys to combine: coverage files below a prefix, and partial sums beside them. */
import { coverageSuffix, normalisePrefix, sumsFolder } from "../../contract/object-keys.ts";
import type { CombineOptions } from "../options.ts";

export async function* listKeys({ store, prefix }: CombineOptions): AsyncGenerator<string> {
  for await (const { key } of store.list(prefix)) if (key.endsWith(coverageSuffix)) yield key;
}

/** Sums are read first: what they hold is then not read twice. */
export async function* listSumKeys({ store, prefix }: CombineOptions): AsyncGenerator<string> {
  if (prefix !== "" && !prefix.endsWith("/")) return;
  for await (const { key } of store.list(`${normalisePrefix(prefix)}${sumsFolder}`)) {
    if (key.endsWith(coverageSuffix)) yield key;
  }
}
