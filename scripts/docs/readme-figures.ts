/** The measured part of README: a small table and the charts, as far as bench/results has what they show. */
import type { NodeFigures } from "../../bench/invoke/figures.ts";
import { figure } from "../visuals/bar-chart.ts";
import { combines, invokeNode, sourceOf } from "./bench-results.ts";
import { chartOf } from "./charts.ts";

const begin = "<!-- Made by `npm run docs:generate` out of bench/results. -->";
const end = "<!-- End of what is made. -->";

/** The same text with the part between the two marks made anew. */
export function withFigures(readme: string): string {
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end);
  if (from < 0 || to < from) throw new Error(`README.md has lost the marks ${begin} and ${end}`);
  const parts = [begin, ...invocation(), ...combining(), end];
  return readme.slice(0, from) + parts.join("\n\n") + readme.slice(to + end.length);
}

function invocation(): string[] {
  const node = invokeNode();
  if (node === undefined) return [];
  const rows = node.results.filter(({ cpu }) => cpu === "1 core");
  const head = ["with the layer, added to", ...rows.map(nameOf)];
  const lines: [string, (row: NodeFigures) => string][] = [
    ["a warm call as the caller sees it, p50", (row) => `${figure(row.addedP50Ms)} ms`],
    ["init and first response", (row) => `${figure(row.addedColdMs)} ms`],
    ["billed after the response, the upload in it", (row) => `${figure(row.addedAfterMs)} ms`],
    ["peak memory", (row) => `${figure(row.addedPeakMb)} MB`],
  ];
  const table = [
    `| ${head.join(" | ")} |`,
    `|---|${rows.map(() => "---:|").join("")}`,
    ...lines.map(([label, cell]) => `| ${[label, ...rows.map(cell)].join(" | ")} |`),
  ].join("\n");
  return [
    table,
    `<sub>${sourceOf(node)}</sub>`,
    ...image("docs/images/invocation-cost.svg", "The same as bars"),
  ];
}

function nameOf({ runtime, size, collector }: NodeFigures): string {
  return collector === undefined ? `${runtime} ${size}` : `${runtime} ${size}, ${collector}`;
}

function combining(): string[] {
  if (combines().length === 0) return [];
  return image("docs/images/combining.svg", "Time and memory of combining, beside other tools");
}

function image(path: string, alternative: string): string[] {
  return chartOf(path) === undefined ? [] : [`![${alternative}](${path})`];
}
