/** The keys to combine: coverage files below a prefix, and partial sums beside them. */
import { coverageSuffix, normalisePrefix, sumsFolder } from "../../contract/object-keys.ts";
import type { CombineOptions } from "../options.ts";

/** All but `except`; coverage files and whatever else lies there, where `options` does not name them. */
export async function* listKeys(
  { keys, store, prefix }: CombineOptions,
  except: ReadonlySet<string>,
): AsyncGenerator<string> {
  // Not one generator for both: each one that a key passes through costs as much as listing it.
  if (keys !== undefined) {
    for await (const key of keys) if (!except.has(key)) yield key;
  } else for await (const { key } of store.list(prefix)) if (!except.has(key)) yield key;
}

/** Sums are read first: what they hold is then not read twice. */
export async function* listSumKeys({ store, prefix }: CombineOptions): AsyncGenerator<string> {
  if (prefix !== "" && !prefix.endsWith("/")) return;
  for await (const { key } of store.list(`${normalisePrefix(prefix)}${sumsFolder}`)) {
    if (key.endsWith(coverageSuffix)) yield key;
  }
}
