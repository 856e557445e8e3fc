/** Order statistics of a bench's samples. */

/** The p-th quantile (0 to 1) by nearest rank; NaN of nothing. */
export function quantile(samples: readonly number[], p: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? Number.NaN;
}

export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

/** Sample by sample, `a - b`; as long as the shorter one. */
export function differences(a: readonly number[], b: readonly number[]): number[] {
  return a.slice(0, b.length).map((value, index) => value - (b[index] as number));
}
