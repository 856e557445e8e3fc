/** The charts of docs/performance.md, from bench/results. */
import type { Row as CombineRow } from "../../bench/combine/row.ts";
import type { NodeFigures, PythonFigures } from "../../bench/invoke/figures.ts";
import { barChart, type Panel } from "../visuals/bar-chart.ts";
import { combines, invokeNode, invokePython, sourceOf, variantsOf, wasBusy } from "./bench-results.ts";

interface ChartFile {
  path: string;
  /** Undefined as long as the bench has no committed result. */
  svg: string | undefined;
  bench: string;
}

export function charts(): ChartFile[] {
  return [
    {
      path: "docs/images/invocation-cost.svg",
      svg: invocationChart(),
      bench: "npm run bench:invoke -- --save",
    },
    { path: "docs/images/combining.svg", svg: combiningChart(), bench: "npm run bench:combine -- --json" },
  ];
}

/** The chart of that path; undefined as long as the bench has no committed result. */
export function chartOf(path: string): string | undefined {
  return charts().find((chart) => chart.path === path)?.svg;
}

/** Of Node.js; as long as there is no result of it, of Python. */
function invocationChart(): string | undefined {
  const node = invokeNode();
  const found = node ?? invokePython();
  if (found === undefined) return undefined;
  const rows: (NodeFigures | PythonFigures)[] =
    node === undefined ? found.results : node.results.filter(({ cpu }) => cpu === "1 core");
  const language = node === undefined ? "Python" : "Node.js";
  return barChart({
    title: `What an invocation costs with the layer (${language})${wasBusy(found) ? ", on a busy machine" : ""}`,
    source: sourceOf(found),
    panels: [
      against("Warm invocation as the caller sees it, median", "ms", rows, "bareP50Ms", "addedP50Ms"),
      against("Init + first response, median", "ms", rows, "bareColdMs", "addedColdMs"),
      heldAfter(rows),
      against("Memory, peak", "MB", rows, "barePeakMb", "addedPeakMb"),
    ],
  });
}

function against(
  title: string,
  unit: string,
  rows: readonly (NodeFigures | PythonFigures)[],
  bare: "bareP50Ms" | "bareColdMs" | "barePeakMb",
  added: "addedP50Ms" | "addedColdMs" | "addedPeakMb",
): Panel {
  const bars = rows.flatMap((row) => [
    { label: `${row.runtime} ${row.size}, bare`, value: row[bare], kind: "bare" as const },
    ...variantsOf(row).map((variant) => ({
      label: `with the ${variant.name}`,
      value: row[bare] + variant.added[added],
      kind: variant.kind,
    })),
  ]);
  return { title, unit, bars };
}

function heldAfter(rows: readonly (NodeFigures | PythonFigures)[]): Panel {
  const bars = rows.flatMap((row) =>
    variantsOf(row).map(({ name, kind, added }) => ({
      label: `${row.runtime} ${row.size}, ${name}`,
      value: added.addedAfterMs,
      kind,
    })),
  );
  return { title: "Held after the response, beyond the bare function", unit: "ms", bars };
}

function combiningChart(): string | undefined {
  const found = combines();
  const [first] = found;
  if (first === undefined) return undefined;
  const most = mostFiles(found.flatMap((result) => result.rows).filter(({ app }) => app === chartedApp));
  if (most.length === 0) return undefined;
  const panel = (title: string, unit: string, value: (row: CombineRow) => number): Panel => ({
    title,
    unit,
    bars: most.map((row) => ({
      label: labels[row.tool] ?? row.tool,
      value: value(row),
      kind: row.tool.startsWith("ours") ? "ours" : "peer",
    })),
  });
  return barChart({
    title: `Combining ${most[0]?.files.toLocaleString("en-US")} coverage files of a big function: json and lcov`,
    source: sourceOf(first),
    panels: [panel("Time", "s", (row) => row.wallSeconds), panel("Memory, peak", "MB", (row) => row.peakMb)],
  });
}

/** The tables have all programs; a picture of one says the same. */
const chartedApp = "big";
const labels: Record<string, string> = {
  "ours-stored": "ours, from the second run on",
  "json-parse": "JSON.parse of V8's JSON alone",
};

/** The rows of the most files at which a whole tool of others was measured, too. */
function mostFiles(rows: readonly CombineRow[]): CombineRow[] {
  const whole = rows.filter(({ tool }) => !tool.startsWith("ours") && tool !== "json-parse");
  const most = Math.max(...whole.map(({ files }) => files));
  return rows.filter(({ files }) => files === most);
}
