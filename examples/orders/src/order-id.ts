import { createHash } from "node:crypto";

/** The same idempotency key gives the same order, however often the client asks. */
export function orderIdFor(idempotencyKey: string): string {
  return `ord_${createHash("sha256").update(idempotencyKey).digest("hex").slice(0, 12)}`;
}
