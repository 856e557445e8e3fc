/**
 * After two failed invocations only every 4th, then every 8th, 16th, … is tried, so that a broken bucket does
 * not bill every invocation. Nothing is lost meanwhile: no snapshot is taken, V8 keeps the sum.
 */
import type { CircuitBreaker } from "./delivery.ts";

const failuresToOpen = 2;
const firstInterval = 4;
const maxInterval = 256;

export function createCircuitBreaker(): CircuitBreaker {
  let failures = 0;
  let interval = 0;
  let skipped = 0;
  return {
    get open() {
      return interval > 0;
    },
    shouldCollect() {
      if (interval === 0) return true;
      skipped = (skipped + 1) % interval;
      return skipped === 0;
    },
    report(ok) {
      if (ok) {
        failures = 0;
        interval = 0;
        skipped = 0;
        return;
      }
      failures++;
      if (failures < failuresToOpen) return;
      interval = interval === 0 ? firstInterval : Math.min(interval * 2, maxInterval);
      skipped = 0;
    },
  };
}
