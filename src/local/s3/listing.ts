import { type Bucket, compareUtf8 } from "./objects.ts";

export interface Page {
  prefix: string;
  delimiter: string;
  /** Keys and common prefixes up to and including this one are left out. */
  after: string;
  limit: number;
}

export interface Listing {
  keys: string[];
  commonPrefixes: string[];
  truncated: boolean;
  /** The last key or common prefix listed: where the next page goes on. */
  last: string;
}

/** One page of a bucket's listing; a common prefix counts as one entry. */
export function listKeys(bucket: Bucket, page: Page): Listing {
  const listing: Listing = { keys: [], commonPrefixes: [], truncated: false, last: "" };
  const all = bucket.keys();
  const from = compareUtf8(page.after, page.prefix) > 0 ? page.after : page.prefix;
  for (let i = lowerBound(all, from); i < all.length; i++) {
    const key = all[i] as string;
    if (!key.startsWith(page.prefix)) break;
    const common = commonPrefix(key, page);
    if (key === page.after || (common !== undefined && (common === page.after || common === listing.last))) {
      continue;
    }
    if (listing.keys.length + listing.commonPrefixes.length >= page.limit) {
      listing.truncated = page.limit > 0;
      return listing;
    }
    if (common === undefined) listing.keys.push(key);
    else listing.commonPrefixes.push(common);
    listing.last = common ?? key;
  }
  return listing;
}

function commonPrefix(key: string, page: Page): string | undefined {
  if (page.delimiter === "") return undefined;
  const at = key.indexOf(page.delimiter, page.prefix.length);
  return at < 0 ? undefined : key.slice(0, at + page.delimiter.length);
}

function lowerBound(sorted: readonly string[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareUtf8(sorted[middle] as string, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
