/** docs/compared.md, out of what the tools said. */
import { type Compared, type LineHits, type ToolName, toolNames } from "./tools.ts";

export interface Versions {
  node: string;
  c8: string;
  monocart: string;
}

export function comparedPage(results: readonly Compared[], versions: Versions): string {
  return `${[
    "<!-- Made by `npm run compare` out of scripts/compare. Do not edit. -->",
    "# Compared with c8 and monocart",
    "[How it works](how-it-works.md) · [README](../README.md)",
    "The same coverage files in three tools, where they differ. `npm run compare` runs each function, stores its " +
      "coverage files, gives them to our combiner and, by `lambda-coverage export`, to c8 and monocart, and writes this " +
      "page. **What ran** is counted by Istanbul's instrumentation of the same function on the same events.",
    `c8 ${versions.c8}, monocart-coverage-reports ${versions.monocart}; the functions ran on Node.js ${versions.node}.`,
    "They read what Node.js writes and are made for one process that ends well; most code comes out the same. These are " +
      "the places where a report about Lambda functions would be wrong. " +
      "c8 counts every line of a file, blank ones too; `!` marks a line that a tool calls covered though it did not run, " +
      "or the reverse.",
    table(
      ["", ...columns],
      results.map((result) => [
        `[${result.case.title}](#${anchorOf(result.case.title)})`,
        ...summaries(result),
      ]),
    ),
    ...results.flatMap(section),
    "## Over whole programs",
    "How often the tools agree with Istanbul on bigger programs, statement by statement: `npm run bench:accuracy`.",
  ].join("\n\n")}\n`;
}

const columns = ["what ran", ...toolNames];

function summaries({ truth, tools }: Compared): string[] {
  return [percentOf(truth), ...toolNames.map((name) => percentOf(tools[name]))];
}

export function percentOf(hits: LineHits): string {
  const counts = Object.values(hits);
  const covered = counts.filter((count) => count > 0).length;
  return `${covered} of ${counts.length} lines, ${((100 * covered) / counts.length).toFixed(0)} %`;
}

function section(result: Compared): string[] {
  return [`## ${result.case.title}`, result.case.story, `\`\`\`text\n${listing(result)}\n\`\`\``];
}

/** Hits of each line beside its code; `!` where a tool says covered of a line that did not run, or the reverse. */
function listing({ source, truth, tools, case: { lost } }: Compared): string {
  const cell = (hits: LineHits, line: number, name?: ToolName) => {
    const count = hits[line];
    if (count === undefined) return "";
    // Where a file is lost, nobody can know all hits: only what is called covered and never ran is wrong.
    const isWrong =
      name !== undefined &&
      truth[line] !== undefined &&
      (lost.length > 0 ? count > 0 && truth[line] === 0 : count > 0 !== truth[line] > 0);
    return isWrong ? `${count} !` : `${count}  `;
  };
  const rows = source
    .trimEnd()
    .split("\n")
    .map((code, index) => {
      const line = index + 1;
      const cells = [cell(truth, line), ...toolNames.map((name) => cell(tools[name], line, name))];
      return `${cells.map((text, at) => text.padStart(widths[at] as number)).join("")}  ${String(line).padStart(3)}  ${code}`;
    });
  const heading = `${columns.map((name, at) => name.padStart((widths[at] as number) - 2).concat("  ")).join("")}`;
  return [heading.trimEnd(), ...rows.map((row) => row.trimEnd())].join("\n");
}

const widths = columns.map((name) => name.length + 4);

function table(head: readonly string[], rows: readonly string[][]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\w\s-]/g, "")
    .replace(/\s+/g, "-");
}
