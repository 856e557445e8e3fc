/**
 * After two failed invocations only every 4th, then every 8th, 16th, … is tried, so that a broken bucket does
 * not bill every invocation. Nothing is lost meanwhile: no snapshot is taken, V8 keeps the sum.
 */
const failuresToOpen = 2;
const firstInterval = 4;
const maxInterval = 256;

export interface CircuitBreaker {
  /** Asked once per invocation: whether to take and store a snapshot after this one. */
  shouldCollect(): boolean;
  /** How the invocation's delivery went. */
  report(ok: boolean): void;
  readonly open: boolean;
}

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
