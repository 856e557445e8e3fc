/** Source cut into lines of marked pieces: what is syntax, what never ran. Pure; no html here. */
import type { Range } from "istanbul-lib-coverage";
import type { ArmView, FileView } from "../file-view.ts";
import { outermostNeverRan, type UnknownPiece } from "../model.ts";
import { type SyntaxKind, type SyntaxSpan, syntaxSpans } from "./syntax.ts";

export type LineState = "hit" | "miss" | "part" | "unknown" | "none";

export interface MarkedLine {
  number: number;
  state: LineState;
  /** Of the line's first statements; undefined where none starts. */
  hits: number | undefined;
  /** It ran only when its module was loaded. */
  atLoad: boolean;
  /** False: `hits` says only whether it ran. */
  countsHits: boolean;
  pieces: { text: string; syntax: SyntaxKind | undefined; missed: boolean }[];
  /** Short remarks, e.g. `else never taken`. */
  hints: string[];
}

interface Interval {
  start: number;
  end: number;
}

export function markLines(source: string, file: FileView, unknown: readonly UnknownPiece[]): MarkedLine[] {
  const starts = lineStarts(source);
  const missed = missedIntervals(file, source, starts);
  const hints = hintsByLine(file);
  const cuts = new PieceCutter(source, syntaxSpans(source, file.path), missed);
  return starts.map((start, index) => {
    const number = index + 1;
    const end = lineEnd(source, start, starts[index + 1]);
    const pieces = cuts.cut(start, end);
    const lineHints = hints.get(number) ?? [];
    const hits = file.lineHits.get(number);
    const isUnknown = unknown.some((piece) => piece.from <= number && number <= piece.to);
    return {
      number,
      hits,
      atLoad: file.linesAtLoad.has(number),
      countsHits: file.countsHits,
      pieces,
      hints: lineHints,
      state: lineState({ hits, pieces, hints: lineHints.length, isUnknown }),
    };
  });
}

function lineState(line: {
  hits: number | undefined;
  pieces: MarkedLine["pieces"];
  hints: number;
  isUnknown: boolean;
}): LineState {
  const written = line.pieces.filter((piece) => piece.text.trim() !== "");
  const missed = written.filter((piece) => piece.missed && piece.syntax !== "comment");
  if (line.hits === 0) return "miss";
  if (line.hits !== undefined) return missed.length > 0 || line.hints > 0 ? "part" : "hit";
  if (line.isUnknown) return "unknown";
  if (line.hints > 0) return "miss";
  return missed.length > 0 && missed.length === written.length ? "miss" : "none";
}

/** Statements, function bodies and written arms that nobody ran. */
function missedIntervals(file: FileView, source: string, starts: readonly number[]): Interval[] {
  const interval = (range: Range) => toOffsets(range, starts, source.length);
  return mergeIntervals([
    ...file.statements.filter((statement) => statement.hits === 0).map(({ loc }) => interval(loc)),
    ...file.functions.filter((fn) => fn.hits === 0).map(({ loc }) => interval(loc)),
    // The first arm of an `if` is the whole `if` to Istanbul: its statements speak for it.
    ...file.arms
      .filter((arm) => arm.type !== "if" && arm.hits === 0 && isPartlyTaken(arm, file))
      .flatMap(({ loc }) => (loc === undefined ? [] : [trimArm(interval(loc), source)])),
  ]);
}

/** A source map ends an arm where the next mapped place begins: ` : other` or `) {` is not of the arm. */
function trimArm({ start, end }: Interval, source: string): Interval {
  const text = source.slice(start, end);
  const open = text.split("(").length - text.split(")").length;
  const tail = open < 0 ? /[\s:?,;){]+$/ : /[\s:?,;]+$/;
  return { start, end: start + text.replace(tail, "").length };
}

/** Where no arm ran, the branch itself never ran and its statement says so already. */
function isPartlyTaken(arm: ArmView, file: FileView): boolean {
  const line = file.lineHits.get(arm.line);
  return line === undefined || line > 0;
}

function hintsByLine(file: FileView): Map<number, string[]> {
  const hints = new Map<number, string[]>();
  const add = (line: number, hint: string) => {
    const known = hints.get(line);
    if (known === undefined) hints.set(line, [hint]);
    else if (!known.includes(hint)) known.push(hint);
  };
  for (const fn of outermostNeverRan(file)) {
    add(fn.line, fn.isAnonymous ? "function never ran" : `${fn.name} never ran`);
  }
  for (const arm of file.arms) {
    if (arm.hits === 0 && isPartlyTaken(arm, file)) add(armLine(arm), armHint(arm));
  }
  return hints;
}

function armLine(arm: ArmView): number {
  return arm.type === "if" || arm.loc === undefined ? arm.line : arm.loc.start.line;
}

function armHint(arm: ArmView): string {
  const hint = armHints[arm.type];
  return hint === undefined ? "branch never taken" : hint(arm);
}

function jumpHint({ jumpsTo = 0 }: ArmView): string {
  return jumpsTo > 0 ? `never went on to line ${jumpsTo}` : "never left the code here";
}

const armHints: Record<string, (arm: ArmView) => string> = {
  if: (arm) => (arm.index === 0 ? "if never true" : "else never taken"),
  "cond-expr": (arm) => (arm.index === 0 ? "? never taken" : ": never taken"),
  switch: () => "case never taken",
  "binary-expr": (arm) => (arm.index === 0 ? "left side never evaluated" : "right side never evaluated"),
  "default-arg": () => "default never used",
  jump: jumpHint,
};

function lineStarts(source: string): number[] {
  const starts = [0];
  for (const { index } of source.matchAll(/\n/g)) starts.push(index + 1);
  // A final line feed ends the last line, it does not start one.
  if (starts.length > 1 && starts.at(-1) === source.length) starts.pop();
  return starts;
}

function lineEnd(source: string, start: number, next: number | undefined): number {
  let end = next === undefined ? source.length : next - 1;
  while (end > start && (source[end - 1] === "\r" || source[end - 1] === "\n")) end--;
  return end;
}

/** Columns may be missing or infinite where a source map has no end: then the line's end. */
function toOffsets(range: Range, starts: readonly number[], length: number): Interval {
  const offset = (line: number, column: number | undefined | null) => {
    const start = starts[line - 1] ?? length;
    const end = starts[line] ?? length;
    return Math.min(start + (column ?? Number.POSITIVE_INFINITY), end);
  };
  return {
    start: offset(range.start.line, range.start.column ?? 0),
    end: offset(range.end.line, range.end.column),
  };
}

function mergeIntervals(intervals: Interval[]): Interval[] {
  const merged: Interval[] = [];
  for (const next of intervals.sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last !== undefined && next.start <= last.end) last.end = Math.max(last.end, next.end);
    else if (next.end > next.start) merged.push({ ...next });
  }
  return merged;
}

/** Walks syntax and missed intervals once, in step with the lines. */
class PieceCutter {
  readonly #source: string;
  readonly #syntax: readonly SyntaxSpan[];
  readonly #missed: readonly Interval[];
  #syntaxAt = 0;
  #missedAt = 0;

  constructor(source: string, syntax: readonly SyntaxSpan[], missed: readonly Interval[]) {
    this.#source = source;
    this.#syntax = syntax;
    this.#missed = missed;
  }

  /** Lines must be asked for in order. */
  cut(start: number, end: number): MarkedLine["pieces"] {
    const pieces: MarkedLine["pieces"] = [];
    let at = start;
    while (at < end) {
      while ((this.#syntax[this.#syntaxAt]?.end ?? Number.POSITIVE_INFINITY) <= at) this.#syntaxAt++;
      while ((this.#missed[this.#missedAt]?.end ?? Number.POSITIVE_INFINITY) <= at) this.#missedAt++;
      const syntax = this.#syntax[this.#syntaxAt];
      const missed = this.#missed[this.#missedAt];
      const next = Math.min(end, edge(syntax, at), edge(missed, at));
      pieces.push({
        text: this.#source.slice(at, next),
        syntax: syntax !== undefined && syntax.start <= at ? syntax.kind : undefined,
        missed: missed !== undefined && missed.start <= at,
      });
      at = next;
    }
    return pieces;
  }
}

function edge(interval: Interval | undefined, at: number): number {
  if (interval === undefined) return Number.POSITIVE_INFINITY;
  return interval.start <= at ? interval.end : interval.start;
}
