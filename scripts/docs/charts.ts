/** The charts of docs/performance.md, from bench/results. */
import { barChart, type Panel } from "../visuals/bar-chart.ts";
import {
  type CombineRow,
  combines,
  invokeNode,
  invokePython,
  type NodeRow,
  type PythonRow,
  sourceOf,
  variantsOf,
  wasBusy,
} from "./bench-results.ts";

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

/** Of Node.js; as long as there is no result of it, of Python. */
function invocationChart(): string | undefined {
  const node = invokeNode();
  const found = node ?? invokePython();
  if (found === undefined) return undefined;
  const rows: (NodeRow | PythonRow)[] =
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
  rows: readonly (NodeRow | PythonRow)[],
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

function heldAfter(rows: readonly (NodeRow | PythonRow)[]): Panel {
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
  const rows = found.flatMap((result) => result.rows);
  const panels = [...new Set(rows.map(({ app }) => app))].flatMap((app) => {
    const most = mostCompared(rows.filter((row) => row.app === app));
    const panel = (title: string, unit: string, value: (row: CombineRow) => number): Panel => ({
      title: `${title}: ${app}, ${most[0]?.files.toLocaleString("en-US")} coverage files`,
      unit,
      bars: most.map((row) => ({
        label: row.tool,
        value: value(row),
        kind: row.tool.startsWith("ours") ? "ours" : "peer",
      })),
    });
    return [panel("Time", "s", (row) => row.wallSeconds), panel("Memory, peak", "MB", (row) => row.peakMb)];
  });
  return barChart({
    title: "Combining: json and lcov of the same coverage files",
    source: sourceOf(first),
    panels,
  });
}

/** The rows of the most files among the counts that most tools were measured at. */
function mostCompared(rows: readonly CombineRow[]): CombineRow[] {
  const counts = [...new Set(rows.map(({ files }) => files))].sort((a, b) => a - b);
  return counts
    .map((count) => rows.filter(({ files }) => files === count))
    .reduce((best, next) => (next.length >= best.length ? next : best), []);
}
