/** Time as the agent sees it, passed in so that tests can turn it. */
export interface Clock {
  /** Monotonic milliseconds, as `performance.now()`; deadlines are on this clock. */
  now(): number;
  /** Milliseconds since the epoch; may jump, for instance over a freeze. */
  wallTime(): number;
  sleep(ms: number): Promise<void>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};
