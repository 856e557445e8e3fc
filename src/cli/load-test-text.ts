/** A load test's report as people read it. */
import pc from "picocolors";
import type { OverheadRow } from "../load-test/overhead.ts";
import type { LoadTestReport, Tally } from "../load-test/summary.ts";
import { plural } from "../report/from-combine.ts";
import { visibleText } from "../report/visible-text.ts";
import type { Output } from "./terminal.ts";
import { typedCommand } from "./typed-command.ts";

type Colours = ReturnType<typeof pc.createColors>;

/** Of failures and of missing coverage. */
const listed = 20;

export function renderLoadTest(report: LoadTestReport, out: Output): string {
  const colours = pc.createColors(out.colour);
  const parts = [
    head(report, colours),
    callTable(report, colours),
    overheadTable(report, colours),
    failureList(report, colours),
    coverageText(report, colours),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function head(report: LoadTestReport, colours: Colours): string {
  const seconds = (report.duration_ms / 1000).toFixed(1);
  const facts = `${plural(report.iterations, "iteration")}, ${plural(report.workers, "worker")}, ${seconds} s`;
  return `${colours.bold("Load test")}  ${report.target}  ${colours.dim(facts)}`;
}

function callTable(report: LoadTestReport, colours: Colours): string {
  const heading = ["Function, operation", "Calls", "Success", "p50 ms", "p95 ms", "max ms"];
  const rows = report.functions.flatMap((fn) => [
    { name: visibleText(fn.function), tally: fn as Tally, isTotal: true },
    ...fn.operations.map((of) => ({
      name: `  ${visibleText(of.operation)}`,
      tally: of as Tally,
      isTotal: false,
    })),
  ]);
  rows.push({ name: "All", tally: report.total, isTotal: true });
  const lines = alignedRows([heading, ...rows.map(({ name, tally }) => [name, ...cells(tally)])]);
  return lines
    .map((line, index) => {
      const row = rows[index - 1];
      if (row === undefined) return colours.bold(line);
      if (row.tally.successes < row.tally.invocations) return colours.red(line);
      return row.isTotal ? colours.bold(line) : line;
    })
    .join("\n");
}

function cells({ invocations, success_rate, latency_ms: { p50, p95, max } }: Tally): string[] {
  const success = `${success_rate.toFixed(success_rate === 100 ? 0 : 1)} %`;
  return [String(invocations), success, ...[p50, p95, max].map((value) => value.toFixed(1))];
}

/** The first column to the left, the others to the right. */
function alignedRows(rows: readonly string[][]): string[] {
  const widths = (rows[0] as string[]).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join("  "),
  );
}

function overheadTable({ overhead, machine, workers }: LoadTestReport, colours: Colours): string {
  if (overhead === undefined) return "";
  const rows: [string, OverheadRow][] = [
    ["Response, warm", overhead.warm_response_ms],
    ["Until frozen, warm (billed)", overhead.warm_held_ms],
    ["Init, cold", overhead.init_ms],
  ];
  const [heading, ...lines] = alignedRows([
    ["What the layer adds (median ms)", "bare", "layer", "added", "calls"],
    ...rows.map(([name, { bare, layer, samples }]) => [
      name,
      ms(bare),
      ms(layer),
      bare === null || layer === null ? "–" : `${layer >= bare ? "+" : ""}${(layer - bare).toFixed(1)}`,
      `${samples.bare} / ${samples.layer}`,
    ]),
  ]);
  const load =
    machine === undefined ? "" : ` of load ${machine.load_1min} on ${plural(machine.cores, "core")}`;
  const note = `Few calls, ${workers} at once, on a machine${load}: the benches measure it alone (docs/performance.md).`;
  return [colours.bold(heading ?? ""), ...lines, colours.dim(note)].join("\n");
}

const ms = (value: number | null) => (value === null ? "–" : value.toFixed(1));

function failureList({ failures }: LoadTestReport, colours: Colours): string {
  if (failures.length === 0) return "";
  const lines = failures
    .slice(0, listed)
    .map(
      (one) =>
        `  ${visibleText(one.function)}, ${visibleText(one.operation)}: ${visibleText(one.message)}${one.request_id === null ? "" : colours.dim(`  ${one.request_id}`)}`,
    );
  return [
    colours.red(`${plural(failures.length, "invocation")} did not end as asked for`),
    ...lines,
    ...rest(failures.length),
  ].join("\n");
}

function coverageText({ coverage, location }: LoadTestReport, colours: Colours): string {
  const { expected, arrived, missing, files, waited_ms } = coverage;
  if (expected === 0) return colours.red("No invocation took place: there is no coverage to wait for.");
  const counted = `${arrived} of ${plural(expected, "invocation")}`;
  const where = colours.dim(
    `in ${plural(files, "coverage file")} below ${location}, ${(waited_ms / 1000).toFixed(1)} s after the last answer`,
  );
  if (missing.length === 0) {
    return `${colours.green("Coverage arrived:")} ${counted}\n${where}`;
  }
  const lines = missing
    .slice(0, listed)
    .map(
      (one) =>
        `  ${visibleText(one.function)}, ${visibleText(one.operation)}: ${one.request_id}, ${one.reason}`,
    );
  const names = [...new Set(missing.map((one) => one.function))].slice(0, 3).map(visibleText);
  return [
    `${colours.red("Coverage is missing:")} ${counted} arrived`,
    where,
    ...lines,
    ...rest(missing.length),
    ...names.map((name) => `Ask why: ${typedCommand()} doctor ${name}`),
  ].join("\n");
}

const rest = (count: number) => (count > listed ? [`  … ${count - listed} more`] : []);
