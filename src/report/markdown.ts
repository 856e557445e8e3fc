/** For a GitHub step summary or a pull request's comment. */
import { type Figures, type Metric, metrics } from "./file-view.ts";
import { formatLineRanges } from "./line-ranges.ts";
import { type Note, neverRanCount, type ReportModel } from "./model.ts";
import { formatPercent, grade, type Share } from "./percent.ts";

/** GitHub refuses step summaries above 1 MiB. */
const maxFiles = 500;
const maxItems = 50;

const marks = { high: "🟢", medium: "🟡", low: "🔴", none: "⚪" };

export function renderMarkdown(model: ReportModel): string {
  return [
    "## Lambda coverage",
    "",
    ...totalsTable(model),
    "",
    [escapeMarkdown(model.location), ...model.collected.map(escapeMarkdown)].join(" · "),
    ...model.notes.flatMap(noteSection),
    ...functionSection(model),
    ...fileSection(model),
    ...neverRanSection(model),
    "",
  ].join("\n");
}

function shownMetrics(model: ReportModel): readonly Metric[] {
  return model.branches ? metrics : metrics.filter((metric) => metric !== "branches");
}

function totalsTable(model: ReportModel): string[] {
  const shown = shownMetrics(model);
  return [
    row("", ...shown.map(capitalise)),
    row("---", ...shown.map(() => "---:")),
    row(
      "**Total**",
      ...shown.map((metric) => `${marks[grade(model.totals[metric])]} **${cell(model.totals[metric])}**`),
    ),
    row("", ...shown.map((metric) => `${model.totals[metric].covered} of ${model.totals[metric].total}`)),
  ];
}

function figureCells(model: ReportModel, figures: Figures): string[] {
  return shownMetrics(model).map((metric) => cell(figures[metric]));
}

function cell(share: Share): string {
  const text = formatPercent(share);
  return text === "-" ? text : `${text} %`;
}

function functionSection(model: ReportModel): string[] {
  if (model.byFunction.length === 0) return [];
  return [
    "",
    "### By Lambda function",
    "",
    row("Function", ...shownMetrics(model).map(capitalise)),
    row("---", ...shownMetrics(model).map(() => "---:")),
    ...model.byFunction.map(({ name, totals }) => row(code(name), ...figureCells(model, totals))),
  ];
}

function fileSection(model: ReportModel): string[] {
  const files = model.files.slice(0, maxFiles);
  const rest = model.files.length - files.length;
  return [
    "",
    `<details><summary>${model.files.length} ${model.files.length === 1 ? "file" : "files"}</summary>`,
    "",
    row("File", ...shownMetrics(model).map(capitalise), "Uncovered lines"),
    row("---", ...shownMetrics(model).map(() => "---:"), "---"),
    ...files.map((file) =>
      row(
        `${marks[grade(file.figures.statements)]} ${code(file.path)}`,
        ...figureCells(model, file.figures),
        formatLineRanges(file.uncovered, 60),
      ),
    ),
    ...(rest > 0 ? ["", `… and ${rest} more files.`] : []),
    "",
    "</details>",
  ];
}

function neverRanSection(model: ReportModel): string[] {
  if (model.neverRan.length === 0) return [];
  const rest = model.neverRan.length - maxItems;
  return [
    "",
    `<details><summary>${neverRanCount(model)} ${neverRanCount(model) === 1 ? "function" : "functions"} never ran</summary>`,
    "",
    ...model.neverRan
      .slice(0, maxItems)
      .map(
        (fn) =>
          `- ${code(`${fn.path}:${fn.line}`)} ${code(fn.code ?? fn.name)}${fn.inside > 0 ? ` +${fn.inside} inside` : ""}`,
      ),
    ...(rest > 0 ? [`- … and ${rest} more`] : []),
    "",
    "</details>",
  ];
}

function noteSection(note: Note): string[] {
  const rest = Math.max(0, note.items.length - maxItems) + note.left;
  return [
    "",
    `> **${escapeMarkdown(note.title)}.** ${escapeMarkdown(note.meaning)}`,
    ...note.items.slice(0, maxItems).map((item) => `> - ${code(item.what)}: ${escapeMarkdown(item.why)}`),
    ...(rest > 0 ? [`> - … and ${rest} more`] : []),
  ];
}

function row(...cells: string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function capitalise(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** As html, not as a code span: backticks and pipes of a hostile name cannot break out of it. */
function code(text: string): string {
  return `<code>${escapeMarkdown(text)}</code>`;
}

/** Every character that means something in markdown or html becomes an entity. */
function escapeMarkdown(text: string): string {
  return text
    .replace(/[&<>`*_[\]|\\#~!@:]/g, (character) =>
      // A colon or @ is harmless alone, but makes links and mentions on GitHub.
      character === ":" ? ":" : `&#${character.codePointAt(0)};`,
    )
    .replace(/:(?=\/\/)/g, "&#58;");
}
