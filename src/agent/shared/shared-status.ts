/**
 * Delivery's status in shared memory. A message would wait for the main thread's event loop, and the next
 * invocation's health check may run before it.
 */
import type { DeliveryStatus } from "./delivery-status.ts";

/** Word 0: bytes of the JSON that follows, 0 before the first, -1 while it is written. */
const headBytes = 4;
const maxBytes = 4096;

export function createSharedStatus(): SharedArrayBuffer {
  return new SharedArrayBuffer(headBytes + maxBytes);
}

/** By the worker. What would not fit is left out: the error's own words. */
export function writeStatus(shared: SharedArrayBuffer, status: DeliveryStatus): void {
  const { lastError, ...rest } = status;
  const shortened = lastError === undefined ? rest : { ...rest, lastError: { ...lastError, message: "" } };
  const text = Buffer.from(JSON.stringify(shortened));
  if (text.length > maxBytes) return;
  const head = new Int32Array(shared, 0, 1);
  Atomics.store(head, 0, -1);
  new Uint8Array(shared, headBytes).set(text);
  Atomics.store(head, 0, text.length);
}

/** By the main thread: the last status; undefined before the first, or while the next is being written. */
export function readStatus(shared: SharedArrayBuffer): DeliveryStatus | undefined {
  const head = new Int32Array(shared, 0, 1);
  const length = Atomics.load(head, 0);
  if (length <= 0) return undefined;
  const text = Buffer.from(new Uint8Array(shared, headBytes, length)).toString("utf8");
  try {
    return JSON.parse(text) as DeliveryStatus;
  } catch {
    // Overwritten while it was read; nobody writes for longer than that.
    return undefined;
  }
}
