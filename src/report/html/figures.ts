/** Percentages and bars as both kinds of page draw them. */
import { type Metric, metrics } from "../file-view.ts";
import type { ReportModel } from "../model.ts";
import { formatPercent, grade, percent, type Share } from "../percent.ts";
import { html, type Markup } from "./markup.ts";

export const metricNames: Record<Metric, string> = {
  statements: "Statements",
  branches: "Branches",
  functions: "Functions",
  lines: "Lines",
};

export function shownMetrics(model: ReportModel): readonly Metric[] {
  return model.branches ? metrics : metrics.filter((metric) => metric !== "branches");
}

/** As svg: attributes, unlike inline styles, are let in by the page's policy. */
export function bar(share: Share): Markup {
  const width = (percent(share) ?? 0).toFixed(1);
  return html`<svg class="bar ${grade(share)}" aria-hidden="true"><rect width="${width}%" height="100%"/></svg>`;
}

export function percentText(share: Share): Markup {
  const text = formatPercent(share);
  return html`<span class="${grade(share)}">${text === "-" ? "–" : `${text}%`}</span>`;
}

/** Sorts what has nothing to cover behind everything else. */
export function sortKey(share: Share): string {
  return String(percent(share) ?? 101);
}
