/** Bars that a bench holds its figures against; `--check` exits with 1 where one is missed. */

export interface Bar {
  name: string;
  value: number;
  unit: string;
  /** `most`: the value may be at most the limit; `least`: it must reach it. */
  kind: "most" | "least";
  limit: number;
}

export function isHeld(bar: Bar): boolean {
  return bar.kind === "most" ? bar.value <= bar.limit : bar.value >= bar.limit;
}

/** Prints each bar with its verdict; true where all are held. */
export function printBars(bars: readonly Bar[]): boolean {
  for (const bar of bars) {
    const sign = bar.kind === "most" ? "<=" : ">=";
    const verdict = isHeld(bar) ? "held  " : "MISSED";
    process.stdout.write(
      `${verdict} ${bar.name}: ${bar.value.toFixed(2)} ${bar.unit} (${sign} ${bar.limit})\n`,
    );
  }
  return bars.every(isHeld);
}
