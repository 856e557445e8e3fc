/** One page per file: the source with hits, what never ran marked, hints for branches. */
import type { FileView } from "../file-view.ts";
import type { ReportModel } from "../model.ts";
import { metricNames, percentText, shownMetrics } from "./figures.ts";
import { pageName } from "./file-names.ts";
import { type MarkedLine, markLines } from "./marked-lines.ts";
import { html, type Markup } from "./markup.ts";
import { page } from "./page.ts";
import type { SyntaxKind } from "./syntax.ts";

export function filePage(model: ReportModel, file: FileView, nonce: string): string {
  const source = model.sources.get(file.path);
  const unknown = model.unknown.get(file.path) ?? [];
  const lines = source === undefined ? undefined : markLines(source, file, unknown);
  return page(
    { title: `${file.path} – Lambda coverage`, base: "../", nonce },
    html`<div class="bar2"><div class="title"><a href="../index.html">← All files</a><h1>${file.path}</h1></div><div class="under"><span class="figures">${shownMetrics(
      model,
    ).map(
      (metric) =>
        html`<span class="figure">${metricNames[metric]} <b>${percentText(file.figures[metric])}</b> ${file.figures[metric].covered}/${file.figures[metric].total}</span>`,
    )}</span><span class="buttons"><button type="button" data-step="-1" hidden title="Key p">↑ Previous</button> <button type="button" data-step="1" hidden title="Key n">↓ Next uncovered</button> <button type="button" data-theme-toggle hidden>Light / dark</button></span></div></div>
<div class="above">${unknownNote(unknown.length)}${atLoadNote(file)}${functionList(file)}</div>
${lines === undefined ? missingSource(file) : sourceView(lines)}`,
  );
}

function unknownNote(pieces: number): Markup | undefined {
  if (pieces === 0) return undefined;
  return html`<p class="soft">Lines on grey: whether they ran is unknown; they are in no figure.</p>`;
}

function atLoadNote({ linesAtLoad }: FileView): Markup | undefined {
  if (linesAtLoad.size === 0) return undefined;
  return html`<p class="soft"><span class="legend">1×</span> ran only when its module was loaded.</p>`;
}

function functionList(file: FileView): Markup | undefined {
  if (file.functions.length === 0) return undefined;
  const never = file.functions.filter((fn) => fn.hits === 0).length;
  return html`<details class="functions"><summary>${file.functions.length} functions, ${never} never ran</summary><ul>${file.functions.map(
    (fn) =>
      html`<li><a class="mono" href="#L${fn.line}">${fn.name}</a> <span class="${fn.hits === 0 ? "low" : "soft"}">${fn.hits === 0 ? "never ran" : `${formatHits(fn.hits)}×${fn.atLoad ? " at load" : ""}`}</span></li>`,
  )}</ul></details>`;
}

/** The text stayed at home and was not handed in: the figures stand, line by line. */
function missingSource(file: FileView): Markup {
  const missed = [...file.lineHits].filter(([, hits]) => hits === 0).map(([line]) => line);
  return html`<div class="above"><p>The source of this file is not in the bucket (COVERAGE_UPLOAD_SOURCES=false?). Hand it in with <code>--scripts &lt;dir&gt;</code>.</p><p>Uncovered lines: ${missed.length === 0 ? "none" : missed.join(", ")}</p></div>`;
}

function sourceView(lines: MarkedLine[]): Markup {
  return html`<div class="source">
${lines.map(lineRow)}</div>${map(lines)}`;
}

const syntaxClasses: Record<SyntaxKind, string> = { keyword: "k", string: "s", number: "d", comment: "c" };

function lineRow(line: MarkedLine): Markup {
  const hints = line.hints.map(
    (hint) => html`<span class="hint" data-hint="${hint}" role="note" aria-label="${hint}"></span>`,
  );
  const state = (line.state === "none" ? "" : ` ${line.state}`) + (line.atLoad ? " load" : "");
  return html`<div class="row${state}" id="L${line.number}"><a class="no" href="#L${line.number}">${line.number}</a>${hitsCell(line)}<span class="text">${line.pieces.map(piece)}${hints}</span></div>
`;
}

function hitsCell({ hits, countsHits, atLoad }: MarkedLine): Markup {
  if (hits === undefined) return html`<span class="hits"></span>`;
  if (!countsHits) return html`<span class="hits">${hits > 0 ? "ran" : "no"}</span>`;
  return html`<span class="hits" title="${hits} hits${atLoad ? ", at load" : ""}">${formatHits(hits)}×</span>`;
}

/** Exact up to 9,999, then 12k and 3.4M. */
function formatHits(hits: number): string {
  if (hits < 10_000) return String(hits);
  if (hits < 1_000_000) return `${Math.floor(hits / 1000)}k`;
  return `${(Math.floor(hits / 100_000) / 10).toFixed(1)}M`;
}

function piece({ text, syntax, missed }: MarkedLine["pieces"][number]): Markup | string {
  const classes = [syntax && syntaxClasses[syntax], missed ? "m" : undefined].filter(Boolean).join(" ");
  const shown = showDirectionMarks(text);
  return classes === "" ? shown : html`<i class="${classes}">${shown}</i>`;
}

/** Marks that turn the writing direction would show another program than the one that ran. */
function showDirectionMarks(text: string): string {
  return text.replace(
    /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (mark) => `\\u${(mark.codePointAt(0) as number).toString(16)}`,
  );
}

/** A strip beside the scroll bar that shows where in the file something is uncovered. */
function map(lines: MarkedLine[]): Markup | undefined {
  const rects: Markup[] = [];
  for (let at = 0; at < lines.length; at++) {
    const { state, number } = lines[at] as MarkedLine;
    if (state !== "miss" && state !== "part") continue;
    let height = 1;
    while (lines[at + 1]?.state === state) {
      height++;
      at++;
    }
    rects.push(
      html`<a href="#L${number}"><rect class="${state}" y="${number - 1}" width="1" height="${height}"/></a>`,
    );
  }
  if (rects.length === 0) return undefined;
  return html`<svg class="map" viewBox="0 0 1 ${Math.max(lines.length, 60)}" preserveAspectRatio="none" aria-hidden="true">${rects}</svg>`;
}

export function pagePath(file: FileView): string {
  return `files/${pageName(file.path)}`;
}
