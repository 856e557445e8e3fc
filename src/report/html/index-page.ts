/** index.html: totals, what the figures leave out, every file, functions that never ran. */
import type { FileView } from "../file-view.ts";
import { formatLineRange } from "../line-ranges.ts";
import { type Note, neverRanCount, type ReportModel } from "../model.ts";
import { bar, metricNames, percentText, shownMetrics, sortKey } from "./figures.ts";
import { pageName } from "./file-names.ts";
import { html, type Markup } from "./markup.ts";
import { page } from "./page.ts";

/** Ranges of uncovered lines linked per file; the rest is on the file's page. */
const maxRanges = 5;

export function indexPage(model: ReportModel, nonce: string): string {
  const time = `${model.generatedAt.toISOString().slice(0, 16).replace("T", " ")} UTC`;
  return page(
    { title: `Lambda coverage: ${model.location}`, base: "", nonce },
    html`<header class="top"><h1>Lambda coverage</h1><span class="mono soft">${model.location}</span><span class="grow"></span><button type="button" data-theme-toggle hidden>Light / dark</button></header>
<main>
<div class="tiles">${shownMetrics(model).map((metric) => tile(metricNames[metric], model.totals[metric]))}</div>
<p class="facts">${model.collected.join(" · ")}</p>
${model.notes.map(noteSection)}
${functionTable(model)}
${fileTable(model)}
${neverRanTable(model)}
</main>
<footer>Written ${time} by lambda-coverage-layer. <kbd>/</kbd> filters; on a file's page <kbd>n</kbd> and <kbd>p</kbd> go to the next and previous uncovered place.</footer>`,
  );
}

function tile(name: string, share: { covered: number; total: number }): Markup {
  const left = share.total - share.covered;
  const rest = left > 0 ? `, ${left.toLocaleString("en-US")} to go` : "";
  return html`<div class="tile"><div class="name">${name}</div><div class="value">${percentText(share)}</div><div class="of">${share.covered.toLocaleString("en-US")} of ${share.total.toLocaleString("en-US")}${rest}</div>${bar(share)}</div>`;
}

function noteSection(note: Note): Markup {
  const left = note.left > 0 ? html`<li class="soft">… and ${note.left} more</li>` : undefined;
  return html`<details class="note ${note.kind}"><summary><b>${note.title}.</b> ${note.meaning}</summary><ul>${note.items.map(
    ({ what, why }) => html`<li><code>${what}</code> ${why}</li>`,
  )}${left}</ul></details>
`;
}

function sortable(text: string, options: { number?: boolean; sorted?: boolean; first?: "descending" } = {}) {
  const sorted = options.sorted ? html` aria-sort="ascending"` : undefined;
  const first = options.first ? html` data-first="${options.first}"` : undefined;
  return html`<th scope="col"${options.number ? html` class="n"` : undefined}${sorted}${first}><button type="button">${text}</button></th>`;
}

function fileTable(model: ReportModel): Markup {
  const shown = shownMetrics(model);
  const heads = shown.map((metric) => sortable(metricNames[metric], { number: true }));
  return html`<h2>Files <span class="soft">${model.files.length}</span><span class="soft" id="files-shown"></span><span class="grow"></span><label><input type="checkbox" id="hide-full"> hide fully covered</label><input type="search" id="filter" placeholder="Filter by path" aria-label="Filter files and functions by path"></h2>
<div class="scroll"><table id="files" data-filter><thead><tr>${sortable("File", { sorted: true })}<th class="barcell"></th>${heads}${sortable("Uncovered lines", { number: true, first: "descending" })}</tr></thead><tbody>
${model.files.map((file) => fileRow(file, model))}</tbody><tfoot><tr><td>All files</td><td class="barcell"></td>${shown.map(
    (metric) => html`<td class="n">${percentText(model.totals[metric])}</td>`,
  )}<td class="n">${uncoveredLines(model.totals)}</td></tr></tfoot></table><p class="empty" hidden>No file fits the filter.</p></div>`;
}

function uncoveredLines({ lines }: FileView["figures"]): number {
  return lines.total - lines.covered;
}

function fileRow(file: FileView, model: ReportModel): Markup {
  const shown = shownMetrics(model);
  const isFull = shown.every((metric) => file.figures[metric].covered === file.figures[metric].total);
  const cells = shown.map((metric) => {
    const share = file.figures[metric];
    return html`<td class="n" data-sort="${sortKey(share)}" title="${share.covered} of ${share.total}">${percentText(share)}</td>`;
  });
  const unknown = model.unknown.get(file.path)?.length
    ? html`<span class="badge">partly unknown</span>`
    : undefined;
  return html`<tr data-path="${file.path}"${carriersOf(file.path, model)} data-full="${isFull ? 1 : 0}"><td class="file" data-sort="${file.path}">${fileLink(file.path)}${unknown}</td><td class="barcell">${bar(file.figures.statements)}</td>${cells}<td class="n ranges" data-sort="${uncoveredLines(file.figures)}">${rangeLinks(file)}</td></tr>
`;
}

/** What a filter by Lambda function looks at; left out where there is only one function. */
function carriersOf(path: string, model: ReportModel): Markup | undefined {
  const names = model.carriers.get(path);
  if (names === undefined || model.byFunction.length < 2) return undefined;
  return html` data-functions="${JSON.stringify(names)}"`;
}

function fileLink(path: string): Markup {
  const cut = path.lastIndexOf("/") + 1;
  return html`<a href="${filePage(path)}"><span class="dir">${path.slice(0, cut)}</span><b>${path.slice(cut)}</b></a>`;
}

function filePage(path: string): string {
  return `files/${pageName(path)}`;
}

function rangeLinks(file: FileView): Markup {
  const links = file.uncovered
    .slice(0, maxRanges)
    .map((range) => html`<a href="${filePage(file.path)}#L${range.from}">${formatLineRange(range)}</a> `);
  const rest = file.uncovered.length - maxRanges;
  return html`${links}${rest > 0 ? html`<span class="soft">+${rest}</span>` : undefined}`;
}

function functionTable(model: ReportModel): Markup | undefined {
  if (model.byFunction.length === 0) return undefined;
  const shown = shownMetrics(model);
  return html`<h2>Lambda functions <span class="soft">${model.byFunction.length}</span></h2>
<div class="scroll"><table id="functions"><thead><tr>${sortable("Function", { sorted: true })}<th class="barcell"></th>${shown.map(
    (metric) => sortable(metricNames[metric], { number: true }),
  )}</tr></thead><tbody>
${model.byFunction.map(
  ({ name, totals }) =>
    html`<tr><td class="file">${functionName(name, model)}</td><td class="barcell">${bar(totals.statements)}</td>${shown.map(
      (metric) =>
        html`<td class="n" data-sort="${sortKey(totals[metric])}" title="${totals[metric].covered} of ${totals[metric].total}">${percentText(totals[metric])}</td>`,
    )}</tr>
`,
)}</tbody></table></div>`;
}

/** A button that shows this function's files only; it does nothing without script, so it looks like text then. */
function functionName(name: string, model: ReportModel): string | Markup {
  if (model.byFunction.length < 2) return name;
  return html`<button type="button" class="plain" data-only="${name}" aria-pressed="false">${name}</button>`;
}

function neverRanTable(model: ReportModel): Markup {
  const { neverRan } = model;
  if (neverRan.length === 0) return html`<h2>Functions that never ran <span class="soft">none</span></h2>`;
  return html`<h2 id="never">Functions that never ran <span class="soft">${neverRanCount(model)}</span><span class="soft" id="never-ran-shown"></span></h2>
<div class="scroll"><table id="never-ran" data-filter><thead><tr>${sortable("Function")}${sortable("Where", { sorted: true })}</tr></thead><tbody>
${neverRan.map(
  (fn) =>
    html`<tr data-path="${fn.path} ${fn.name}"${carriersOf(fn.path, model)}><td class="mono">${fn.code === undefined ? fn.name : html`<span class="soft">${fn.code}</span>`}${fn.inside > 0 ? html`<span class="badge">+${fn.inside} inside</span>` : undefined}</td><td class="file mono" data-sort="${fn.path}:${fn.line}"><a href="${filePage(fn.path)}#L${fn.line}">${fn.path}:${fn.line}</a></td></tr>
`,
)}</tbody></table><p class="empty" hidden>No function fits the filter.</p></div>`;
}
