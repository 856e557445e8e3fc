/**
 * Milliseconds of the machine's monotonic clock (CLOCK_MONOTONIC): the same for every process on this
 * machine, so that stamps of the S3 server, the Runtime API and a test can be put in one order.
 */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
