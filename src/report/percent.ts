/** Shares as every report prints them. */

export interface Share {
  covered: number;
  total: number;
}

/** 0 to 100; undefined where there is nothing to cover: that is neither 0 nor 100 %. */
export function percent({ covered, total }: Share): number | undefined {
  return total === 0 ? undefined : (100 * covered) / total;
}

/**
 * With one digit, cut and not rounded, so that 100.0 means all and 0.0 none; `-` where there is nothing.
 */
export function formatPercent(share: Share): string {
  const value = percent(share);
  if (value === undefined) return "-";
  if (share.covered > 0 && value < 0.1) return "0.1";
  return (Math.floor((1000 * share.covered) / share.total) / 10).toFixed(1);
}

export type Grade = "high" | "medium" | "low" | "none";

/** Istanbul's watermarks: below 50 low, from 80 high. */
export function grade(share: Share): Grade {
  const value = percent(share);
  if (value === undefined) return "none";
  if (value >= 80) return "high";
  return value >= 50 ? "medium" : "low";
}
