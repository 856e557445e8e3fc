/** The rows of spec map and requirements that a bench proves: what bench/results shows, or _later_. */
import type { NodeFigures } from "../../bench/invoke/figures.ts";
import { figure } from "../visuals/bar-chart.ts";
import { hot, invokeNode } from "./bench-results.ts";

interface Measured {
  /** As the row names it, without backticks. */
  name: string;
  bar: string;
  /** Undefined as long as there is no result. */
  shown: string | undefined;
  bench: "invoke" | "hot";
}

const cold = "30 ms small, 40 ms big";
const memory = "25 MB in all";

function rows(): Measured[] {
  const invoke = (
    name: string,
    bar: string,
    value: (row: NodeFigures) => number,
    unit: string,
  ): Measured => ({
    name,
    bar,
    shown: spread(node()?.map(value), unit),
    bench: "invoke",
  });
  const addedCold = (row: NodeFigures) => row.addedColdMs;
  const addedPeak = (row: NodeFigures) => row.addedPeakMb;
  const held = (row: NodeFigures) => row.addedAfterMs;
  return [
    invoke("cold start of @coverage_handler ~200-500 ms", cold, addedCold, "ms"),
    invoke("cold start of CoverageContext ~50-100 ms", cold, addedCold, "ms"),
    invoke("requirement 6.1: cold start <= 500 ms", cold, addedCold, "ms"),
    invoke("coverage initialization ~50-150 ms", `in the cold start's: ${cold}`, addedCold, "ms"),
    invoke(
      "coverage finalization ~60-120 ms",
      "4 ms small, 8 ms big beyond the round trip",
      beyondTrip,
      "ms",
    ),
    invoke("S3 upload ~200-500 ms", "after the response, nobody waits for it", held, "ms"),
    invoke(
      "total overhead ~300-800 ms per invocation",
      "0.3 ms p50 as the caller sees it",
      (row) => row.addedP50Ms,
      "ms",
    ),
    {
      name: "CPU overhead ~1-5 %",
      bar: "function counters 1.1 times, block counters V8's own cost and 5 %",
      shown: hotShown(),
      bench: "hot",
    },
    invoke("memory: initialization ~10-20 MB", memory, addedPeak, "MB"),
    invoke("memory: data collection ~20-50 MB", memory, addedPeak, "MB"),
    invoke("memory: upload buffer ~10-20 MB", memory, addedPeak, "MB"),
    invoke("memory: total ~30-90 MB", memory, addedPeak, "MB"),
    invoke("requirement 6.2: memory < 50 MB", memory, addedPeak, "MB"),
  ];
}

const node = () => invokeNode()?.results.filter(({ cpu }) => cpu === "1 core");
const beyondTrip = (row: NodeFigures) => row.addedAfterMs - row.s3RoundTripMs;

function spread(values: number[] | undefined, unit: string): string | undefined {
  if (values === undefined || values.length === 0) return undefined;
  return `${figure(Math.min(...values))} to ${figure(Math.max(...values))} ${unit}`;
}

function hotShown(): string | undefined {
  const results = hot()?.results;
  if (results === undefined) return undefined;
  const times = (name: string) =>
    results.map(({ ratio }) => ratio[name]).filter((ratio) => ratio !== undefined);
  return ["function", "block", "v8 alone"]
    .filter((name) => times(name).length > 0)
    .map(
      (name) =>
        `${name} ${times(name)
          .map((ratio) => `${ratio.toFixed(2)} ×`)
          .join(" and ")}`,
    )
    .join(", ");
}

/** docs/spec-map.md with these rows made anew. */
export function withFiguresOfSpec(text: string): string {
  return rows().reduce((page, { name, bar, shown, bench }) => {
    const cells =
      shown === undefined
        ? [`bar: ${bar}`, "later", `bench:${bench}`]
        : [`${shown}; bar: ${bar}`, "changed: measured with ours", `\`bench/results/${bench}.json\``];
    return replaced(page, `| \`${name}\` |`, `| \`${name}\` | ${cells.join(" | ")} |`);
  }, text);
}

const criteria: { id: string; limit: number; value: (row: NodeFigures) => number }[] = [
  { id: "6.1", limit: 500, value: (row) => row.addedColdMs },
  { id: "6.2", limit: 50, value: (row) => row.addedPeakMb },
];

/** docs/requirements.md with the criteria that are figures. */
export function withMeasuredCriteria(text: string): string {
  return criteria.reduce((page, { id, limit, value }) => {
    const what = new RegExp(`^\\| ${id} \\| (.*?) \\|`, "m").exec(page)?.[1] ?? "";
    const isMet = node()?.every((row) => value(row) < limit) === true;
    const state = isMet ? "met | `bench/results/invoke.json`" : "later | bench:invoke";
    return replaced(page, `| ${id} |`, `| ${id} | ${what} | ${state} |`);
  }, text);
}

function replaced(text: string, start: string, line: string): string {
  const lines = text.split("\n");
  const at = lines.findIndex((candidate) => candidate.startsWith(start));
  if (at < 0) throw new Error(`no row begins with ${start}`);
  lines[at] = line;
  return lines.join("\n");
}
