/** docs/performance.md, from bench/results. */

import { basename } from "node:path";
import type { NodeFigures, PythonFigures } from "../../bench/invoke/figures.ts";
import { figure } from "../visuals/bar-chart.ts";
import {
  accuracies,
  combines,
  hot,
  invokeNode,
  invokePython,
  sourceOf,
  variantsOf,
  warm,
  wasBusy,
} from "./bench-results.ts";
import { chartOf } from "./charts.ts";

const missing = "Not measured yet on a quiet machine: no result is committed, so there is no figure here.";

export function performancePage(): string {
  const sections = [invocation(), cpuBound(), warmWindows(), combining(), accuracy()];
  return `<!-- Made by \`npm run docs:generate\` out of bench/results. Do not edit. -->

# Performance

[Cost](cost.md) · [README](../README.md)

Every figure is of a bench in this repository, which measures what it is held against in the same run.
\`--check\` holds a bench to its bars, \`--json\` prints the figures, and these tables are made from what is
committed in \`bench/results/\`. Your machine and Lambda's are others: take the differences, not the absolute times.

| question | bench |
| --- | --- |
| [What does the layer add to an invocation?](#an-invocation) | \`npm run bench:invoke\` |
| [What does it do to code that computes?](#code-that-computes) | \`npm run bench:hot\` |
| [Is every snapshot of a warm environment whole?](#every-snapshot) | \`npm run bench:warm\` |
| [How fast does it combine?](#combining) | \`npm run bench:combine\` |
| [How right is what comes out?](#accuracy) | \`npm run bench:accuracy\` |

${sections.join("\n\n")}
`;
}

function invocation(): string {
  const node = invokeNode();
  const python = invokePython();
  return section("An invocation", [
    `The function with the layer and the same function bare take turns, call by call, on the real runtime client
in the local Lambda, pinned to one core. *Warm* is what the caller waits for; *held* is the time from the
response until the environment takes the next call, beyond the bare function's: the upload to a local S3 server
is in it. *small* is one module; *big* a service of many modules, 2.5 MB of CommonJS. With the layer Node.js loads
such a file without its scan for export names ([why](decisions/2026-11-20-init-does-not-wait-for-the-worker.md)): on
Node.js 22 that saves more than all that the layer adds, hence the negative figures.`,
    image("docs/images/invocation-cost.svg", "Invocation cost, with the layer and without"),
    "### Node.js",
    node === undefined
      ? `${missing} \`npm run bench:invoke -- --save\` writes one.`
      : `${sourceOf(node)}.\n\n${busyNote(node)}${invocationTable(node.results)}`,
    "### Python",
    python === undefined
      ? `${missing} \`npm run bench:invoke -- --runtime python3.13 --save\` writes one.`
      : `${sourceOf(python)}. *decorator* is the usual pattern by hand: coverage.py around each invocation, and the
response waits for boto3's upload.\n\n${busyNote(python)}${invocationTable(python.results)}`,
  ]);
}

function invocationTable(rows: readonly (NodeFigures | PythonFigures)[]): string {
  const head = [
    "function",
    "",
    "init + first response, ms",
    "warm p50, ms",
    "warm p95, ms",
    "held after the response, ms",
    "peak memory, MB",
  ];
  const body = rows.flatMap((row) => {
    const cpu = "cpu" in row && row.cpu !== "1 core" ? ` (CPU of ${row.cpu})` : "";
    return [
      [
        `${row.runtime} ${row.size}${cpu}`,
        "bare",
        figure(row.bareColdMs),
        figure(row.bareP50Ms),
        "",
        "",
        figure(row.barePeakMb),
      ],
      ...variantsOf(row).map(({ name, added }) => [
        "",
        `${name} adds`,
        figure(added.addedColdMs),
        figure(added.addedP50Ms),
        figure(added.addedP95Ms),
        `${figure(added.addedAfterMs)}${name.startsWith("layer") ? `, one PUT alone takes ${figure(row.s3RoundTripMs)}` : ""}`,
        figure(added.addedPeakMb),
      ]),
    ];
  });
  return table(head, body);
}

function cpuBound(): string {
  const found = hot();
  const variants = Object.keys(found?.results[0]?.ratio ?? {}).filter((name) => name !== "bare");
  return section("Code that computes", [
    `A handler that only computes, after V8 has optimised it: times the bare function's duration.
*hot* is tiny functions in tight loops, *parsing* is acorn over 2.2 MB of JavaScript. *probes* are counters in the code;
\`COVERAGE_GRANULARITY=block\` is V8's default, and holds every later snapshot whole, \`function\` is there for production;
*v8 alone* is V8's own block coverage without the layer, *istanbul* and *oxc* the same code instrumented. Tiny functions in tight loops are the worst case for
counters. Under \`function\` V8 never inlines what it optimised before a snapshot reported it: the handler here is hot in
its very first call. After a light first call (\`npm run bench:hot -- --first 40\`) it costs next to nothing.`,
    found === undefined
      ? `${missing} \`npm run bench:hot -- --save\` writes one.`
      : `${sourceOf(found)}.\n\n${busyNote(found)}${table(
          ["runtime", "bare, ms", ...variants],
          found.results.map(({ runtime, workload, bareMs, ratio }) => [
            workload === undefined ? runtime : `${runtime}, ${workload}`,
            figure(bareMs),
            ...variants.map((name) => `${(ratio[name] as number).toFixed(2)} ×`),
          ]),
        )}`,
  ]);
}

function warmWindows(): string {
  const found = warm();
  const number = (value: number): string => value.toLocaleString("en-US");
  return section("Every snapshot", [
    `Functions of some eighty kinds are called again and again, and each snapshot is held against what is counted where V8
optimises nothing. *said to be whole* are the windows whose files carry \`exact\`: what they do not show did not run.`,
    found === undefined
      ? `${missing} \`npm run bench:warm -- --save\` writes one.`
      : `${sourceOf(found)}.\n\n${table(
          ["Node.js", "by", "windows", "said to be whole", "counters missing", "wrong", "snapshots lost"],
          found.results.map(({ node, way, windows, exact, missing: gone, wrong, lost }) => [
            node,
            way,
            ...[windows, exact, gone, wrong, lost].map(number),
          ]),
        )}`,
  ]);
}

function combining(): string {
  const results = combines().map((found) => {
    const rows = found.rows.map((row) => {
      const ours = found.rows.find(
        ({ app, files, tool }) => tool === "ours" && app === row.app && files === row.files,
      );
      const ratio = ours === undefined ? "" : `${(row.wallSeconds / ours.wallSeconds).toFixed(2)} ×`;
      const { app, tool } = row;
      const files = row.files.toLocaleString("en-US");
      return [app, files, tool, figure(row.wallSeconds), ratio, figure(row.cpuSeconds), figure(row.peakMb)];
    });
    const head = [
      "program",
      "coverage files",
      "tool",
      "time, s",
      "of ours",
      "CPU time, s",
      "peak memory, MB",
    ];
    const { usableCores, cores } = found.machine;
    const pinned =
      usableCores && /^\d+$/.test(usableCores) && cores > 1 ? "; every tool pinned to one core" : "";
    return `${sourceOf(found)}${pinned}; median of up to ${found.rows[0]?.rounds} rounds.\n\n${datasets(found)}\n\n${table(head, rows)}`;
  });
  return section("Combining", [
    `Whole processes that read what V8 counted and write json and lcov: ours from coverage files, the others from V8's own
JSON of the same snapshots. *ours* starts from nothing, *ours-stored* finds the mapping that an earlier run stored
beside the script; *json-parse* only reads and parses what the others must read. The time is the clock's;
the CPU time is that of all threads, ours unpack and collect garbage beside the first one. A tool is left out where it
would take minutes or gigabytes.`,
    image("docs/images/combining.svg", "Time and memory of combining, ours and others"),
    ...(results.length === 0 ? [`${missing} \`npm run bench:combine -- --save\` writes one.`] : results),
  ]);
}

function datasets({ datasetDocs, datasets: found }: ReturnType<typeof combines>[number]): string {
  const recorded = new Map(found.map(({ app, snapshots, distinct }) => [app, { snapshots, distinct }]));
  const counts = [...recorded].map(
    ([app, { snapshots, distinct }]) =>
      `${app} from ${snapshots} recorded snapshots, ${distinct} of them distinct`,
  );
  return `The files are ${Object.values(datasetDocs).join(". ")}. Recorded: ${counts.join("; ")}.`;
}

function accuracy(): string {
  const found = accuracies();
  const parts = found.map((result) => {
    const rows = result.results.flatMap(({ app, events, tools }) =>
      Object.entries(tools).flatMap(([tool, { statements }]) =>
        statements === undefined
          ? []
          : [
              [
                app,
                String(events),
                tool,
                `${((100 * statements.equal) / statements.total).toFixed(2)} % of ${statements.total.toLocaleString("en-US")}`,
                statements.wronglyCovered.toLocaleString("en-US"),
              ],
            ],
      ),
    );
    const head = ["program", "events", "tool", "statements with Istanbul's hits", "wrongly covered"];
    return `The programs on Node.js ${result.appNode.replace(/^v/, "")}; ${sourceOf(result)}.\n\n${table(head, rows)}`;
  });
  return section("Accuracy", [
    `Hits of each statement against Istanbul's instrumentation of the same program on the same events; where the
tools differ, and why, is shown on the page [compared](compared.md).`,
    ...(parts.length === 0 ? [missing] : parts),
  ]);
}

function busyNote(found: Parameters<typeof wasBusy>[0]): string {
  if (!wasBusy(found)) return "";
  return (
    "The machine was busy with other work: more processes than cores were waiting. Small differences, and p95 " +
    "above all, are noise; a negative figure says that nothing could be told apart.\n\n"
  );
}

function image(path: string, alternative: string): string {
  return chartOf(path) === undefined ? "" : `![${alternative}](images/${basename(path)})`;
}

function section(title: string, parts: readonly string[]): string {
  return [`## ${title}`, ...parts.filter((part) => part !== "")].join("\n\n");
}

function table(head: readonly string[], rows: readonly string[][]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
