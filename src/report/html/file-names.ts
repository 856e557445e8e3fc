/** One flat folder of pages: names that are readable, distinct on every file system, and lead nowhere else. */
import { createHash } from "node:crypto";

/** File systems allow 255 bytes; half of it stays readable in a shell. */
const maxSlug = 100;

/** E.g. `src/orders/price.ts` -> `src.orders.price.ts-1f3a9c02.html`. */
export function pageName(path: string): string {
  const slug = path
    .replace(/[^A-Za-z0-9._-]+/g, ".")
    .replace(/\.{2,}/g, ".")
    .replace(/^[.-]+/, "");
  // The hash keeps apart what the slug or a file system without upper case would join.
  const hash = createHash("sha256").update(path).digest("hex").slice(0, 8);
  return `${slug.slice(-maxSlug).replace(/^[.-]+/, "") || "file"}-${hash}.html`;
}

/** Whether a file of that name may be a page of ours. */
export function isPageName(name: string): boolean {
  return /-[0-9a-f]{8}\.html$/.test(name);
}
