/** The table in the terminal, made to the terminal's width. */
import Table from "cli-table3";
import pc from "picocolors";
import { type Figures, type Metric, metrics } from "./file-view.ts";
import { formatLineRanges } from "./line-ranges.ts";
import { type NeverRan, type Note, neverRanCount, type ReportModel } from "./model.ts";
import { formatPercent, grade, type Share } from "./percent.ts";

export interface TextOptions {
  /** True only for a terminal without NO_COLOR. */
  colour: boolean;
  /** Columns of the terminal; undefined: not a terminal, paths are never cut. */
  width?: number | undefined;
  /** Functions that never ran, and items of each note, to list; default 10. */
  maxItems?: number;
  /** False leaves out the list of functions that never ran; default true. */
  neverRan?: boolean;
}

type Colours = ReturnType<typeof pc.createColors>;

const headings: Record<Metric, string> = {
  statements: "Stmts %",
  branches: "Branch %",
  functions: "Funcs %",
  lines: "Lines %",
};

const pathMinimum = 28;
const rangesMinimum = "Uncovered lines".length;
/** Of ranges where there is no terminal: a log line stays readable. */
const rangesInLogs = 60;

export function renderText(model: ReportModel, options: TextOptions): string {
  const colours = pc.createColors(options.colour);
  const maxItems = options.maxItems ?? 10;
  return [
    fileTable(model, options, colours),
    functionTable(model, options, colours),
    collectedLine(model, options, colours),
    options.neverRan === false ? "" : neverRanList(model, { ...options, maxItems }, colours),
    ...model.notes.map((note) => noteText(note, { ...options, maxItems }, colours)),
  ]
    .filter((part) => part !== "")
    .join("\n\n")
    .concat("\n");
}

interface Layout {
  shown: Metric[];
  path: number;
  ranges: number;
}

/** What does not fit goes: first lines, then functions, then the uncovered ranges, then the path's middle. */
function layout(model: ReportModel, width: number | undefined): Layout {
  const all = metrics.filter((metric) => model.branches || metric !== "branches");
  const path = Math.max("All files".length, ...model.files.map((file) => file.path.length));
  if (width === undefined) return { shown: all, path, ranges: rangesInLogs };
  const candidates: Metric[][] = [
    all,
    all.filter((metric) => metric !== "lines"),
    all.filter((metric) => metric === "statements" || metric === "branches"),
  ];
  for (const shown of candidates) {
    const left = width - shown.reduce((sum, metric) => sum + headings[metric].length + 2, 0) - 3;
    const wantedPath = Math.min(path, Math.max(pathMinimum, Math.floor(left * 0.6)));
    const ranges = left - wantedPath;
    if (ranges >= rangesMinimum) return { shown, path: wantedPath, ranges };
  }
  const shown = candidates.at(-1) as Metric[];
  const left = width - shown.reduce((sum, metric) => sum + headings[metric].length + 2, 0) - 1;
  return { shown, path: Math.max(8, Math.min(path, left)), ranges: 0 };
}

function fileTable(model: ReportModel, options: TextOptions, colours: Colours): string {
  const { shown, path, ranges } = layout(model, options.width);
  const table = plainTable(["left", ...shown.map(() => "right" as const), "left"]);
  const heading = (text: string) => colours.bold(text);
  table.push([
    heading("File"),
    ...shown.map((m) => heading(headings[m])),
    ranges > 0 ? heading("Uncovered lines") : "",
  ]);
  for (const file of model.files) {
    table.push([
      cutMiddle(file.path, path),
      ...percentCells(shown, file.figures, colours),
      ranges > 0 ? colours.red(formatLineRanges(file.uncovered, Math.max(ranges, rangesMinimum))) : "",
    ]);
  }
  table.push([heading("All files"), ...percentCells(shown, model.totals, colours).map(heading), ""]);
  return render(table);
}

function functionTable(model: ReportModel, options: TextOptions, colours: Colours): string {
  if (model.byFunction.length === 0) return "";
  const { shown } = layout(model, options.width);
  const table = plainTable(["left", ...shown.map(() => "right" as const)]);
  table.push([colours.bold("Lambda function"), ...shown.map((metric) => colours.bold(headings[metric]))]);
  for (const { name, totals } of model.byFunction) {
    table.push([cutMiddle(name, 40), ...percentCells(shown, totals, colours)]);
  }
  return render(table);
}

function percentCells(shown: readonly Metric[], figures: Figures, colours: Colours): string[] {
  return shown.map((metric) => paint(figures[metric], colours));
}

function paint(share: Share, colours: Colours): string {
  const text = formatPercent(share);
  const paints = { high: colours.green, medium: colours.yellow, low: colours.red, none: colours.dim };
  return paints[grade(share)](text);
}

function plainTable(colAligns: ("left" | "right")[]) {
  const none = Object.fromEntries(
    ["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"]
      .concat(["left", "left-mid", "mid", "mid-mid", "right", "right-mid"])
      .map((name) => [name, ""]),
  );
  return new Table({
    chars: { ...none, middle: "  " },
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [], compact: true },
    colAligns,
  });
}

function render(table: { toString(): string }): string {
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

function cutMiddle(text: string, width: number): string {
  if (text.length <= width) return text;
  const tail = Math.ceil((width - 1) * 0.65);
  return `${text.slice(0, width - 1 - tail)}…${text.slice(text.length - tail)}`;
}

function collectedLine(model: ReportModel, options: TextOptions, colours: Colours): string {
  return colours.dim(wrap(`${model.location}: ${model.collected.join(", ")}`, options.width));
}

type ListOptions = TextOptions & { maxItems: number };

function neverRanList(model: ReportModel, options: ListOptions, colours: Colours): string {
  const count = neverRanCount(model);
  if (count === 0) return "";
  const shown = model.neverRan.slice(0, options.maxItems);
  const width = Math.max(0, ...shown.map((fn) => placeOf(fn).length));
  const room = options.width === undefined ? Number.POSITIVE_INFINITY : options.width - width - 4;
  return [
    colours.bold(`${count} ${count === 1 ? "function" : "functions"} never ran`),
    ...shown.map((fn) =>
      `  ${colours.cyan(placeOf(fn).padEnd(width))}  ${functionText(fn, room, colours)}`.trimEnd(),
    ),
    ...more(model.neverRan.length - shown.length, colours),
  ].join("\n");
}

function placeOf({ path, line }: NeverRan): string {
  return `${path}:${line}`;
}

function functionText({ name, code, inside }: NeverRan, room: number, colours: Colours): string {
  const rest = inside > 0 ? ` +${inside} inside` : "";
  const left = room - rest.length;
  // The place is what counts; a name that does not fit only makes the terminal wrap.
  if (left < 8) return "";
  const text = code ?? name;
  const cut = text.length > left ? `${text.slice(0, left - 1)}…` : text;
  return (code === undefined ? cut : colours.dim(cut)) + colours.dim(rest);
}

function noteText(note: Note, options: ListOptions, colours: Colours): string {
  const shown = note.items.slice(0, options.maxItems);
  const title = `! ${note.title}.`;
  const text = wrap(`${title} ${note.meaning}`, options.width);
  return [
    text.startsWith(title) ? colours.yellow(title) + text.slice(title.length) : text,
    ...shown.map((item) => `  ${item.what}: ${item.why}`),
    ...more(note.items.length - shown.length + note.left, colours),
  ].join("\n");
}

/** At spaces; a word longer than the line stays whole. */
function wrap(text: string, width: number | undefined): string {
  if (width === undefined) return text;
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].join("\n");
}

function more(count: number, colours: Colours): string[] {
  return count > 0 ? [colours.dim(`  … and ${count} more`)] : [];
}
