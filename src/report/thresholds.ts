/** `--fail-under statements=80,branches=70`: parsed and held against the totals. */
import { nearestName } from "../contract/settings.ts";
import { type Figures, type Metric, metrics } from "./file-view.ts";
import { formatPercent } from "./percent.ts";

export type Thresholds = Partial<Record<Metric, number>>;

export interface ThresholdMiss {
  metric: Metric;
  /** Percent asked for. */
  wanted: number;
  /** Percent reached, as the reports print it. */
  reached: string;
  /** How many more must be covered to get there. */
  missing: number;
}

/** Throws a RangeError that says what is allowed. A bare number is the one for statements. */
export function parseThresholds(text: string): Thresholds {
  const thresholds: Thresholds = {};
  for (const part of text.split(",").map((piece) => piece.trim())) {
    const [, name = "statements", value = ""] = /^(?:([^=]*)=)?(.*)$/.exec(part) ?? [];
    thresholds[metricOf(name.trim())] = percentOf(value.trim(), part);
  }
  return thresholds;
}

function metricOf(name: string): Metric {
  const metric = metrics.find((candidate) => candidate === name || candidate === `${name}s`);
  if (metric !== undefined) return metric;
  const nearest = nearestName(name, metrics);
  const hint = nearest === undefined ? `one of ${metrics.join(", ")}` : `did you mean ${nearest}?`;
  throw new RangeError(`${JSON.stringify(name)} is not measured: ${hint}`);
}

function percentOf(value: string, part: string): number {
  const number = value === "" ? Number.NaN : Number(value.replace(/%$/, ""));
  if (number >= 0 && number <= 100) return number;
  throw new RangeError(
    `${JSON.stringify(part)} needs a number from 0 to 100, e.g. statements=80,branches=70`,
  );
}

/** Compared as whole numbers of covered and total: 79.99 % is never rounded up to 80. */
export function missedThresholds(totals: Figures, thresholds: Thresholds): ThresholdMiss[] {
  return metrics.flatMap((metric) => {
    const wanted = thresholds[metric];
    const share = totals[metric];
    if (wanted === undefined) return [];
    // In millionths, so that both sides are whole: 16.1 * 1000 is a little more than 16,100.
    const needed = Math.ceil((Math.round(wanted * 1e6) * share.total) / 1e8);
    const missing = needed - share.covered;
    if (missing <= 0) return [];
    return [{ metric, wanted, reached: formatPercent(share), missing }];
  });
}
