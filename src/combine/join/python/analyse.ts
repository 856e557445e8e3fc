/**
 * What ran, held against what coverage.py's parser knows of the source: its own analysis, step by step.
 * https://github.com/nedbat/coveragepy coverage/results.py (analysis_from_file_reporter, Analysis) and
 * coverage/parser.py (first_line, fix_with_jumps, exit_counts). tests/python/oracle.test.ts holds the two equal.
 */
import type { PythonScriptFile } from "../../../contract/script-file.ts";
import type { PythonFileCoverage } from "../../result.ts";

export type Arc = [from: number, to: number];

/** What was recorded of one source, all environments together. */
export interface Executed {
  lines: Iterable<number>;
  arcs: Iterable<Arc>;
  /** Branches were measured. */
  hasArcs: boolean;
}

type Parsed = Pick<
  PythonScriptFile,
  "statements" | "excluded" | "arcs" | "multiline" | "noBranch" | "withJumps"
>;

/** Lists are sorted. Only statements are listed: a docstring's line runs, but there is nothing to count. */
export function analyse(parsed: Parsed, executed: Executed): PythonFileCoverage {
  const source = new ParsedSource(parsed);
  const ran = new Set([...executed.lines].map((line) => source.firstLine(line)));
  const lines = parsed.statements.toSorted(ascending);
  const branches = executed.hasArcs ? source.branches() : [];
  const taken = new Set(executed.hasArcs ? source.takenArcs(executed.arcs).map(String) : []);
  const isTaken = (arc: Arc): boolean => taken.has(String(arc));
  return {
    executedLines: lines.filter((line) => ran.has(line)),
    missingLines: lines.filter((line) => !ran.has(line)),
    excludedLines: parsed.excluded.toSorted(ascending),
    executedBranches: branches.filter(isTaken),
    missingBranches: branches.filter((arc) => !isTaken(arc) && source.countsAsMissing(arc)),
  };
}

/** Two analyses of one source by two parsers. What one of them saw run is not missing. */
export function joinAnalyses(a: PythonFileCoverage, b: PythonFileCoverage): PythonFileCoverage {
  const executedLines = united(a.executedLines, b.executedLines, ascending);
  const executedBranches = united(a.executedBranches, b.executedBranches, byArc);
  return {
    executedLines,
    missingLines: without(united(a.missingLines, b.missingLines, ascending), executedLines),
    excludedLines: united(a.excludedLines, b.excludedLines, ascending),
    executedBranches,
    missingBranches: without(united(a.missingBranches, b.missingBranches, byArc), executedBranches),
  };
}

function united<T>(a: readonly T[], b: readonly T[], order: (a: T, b: T) => number): T[] {
  return [...new Map([...a, ...b].map((item) => [String(item), item])).values()].sort(order);
}

function without<T>(items: readonly T[], others: readonly T[]): T[] {
  const names = new Set(others.map(String));
  return items.filter((item) => !names.has(String(item)));
}

class ParsedSource {
  readonly #parsed: Parsed;
  readonly #first: Map<number, number>;
  readonly #excluded: Set<number>;
  readonly #noBranch: Set<number>;
  readonly #jumps: Map<string, { next: Arc; end: Arc }>;

  constructor(parsed: Parsed) {
    this.#parsed = parsed;
    this.#first = new Map(pairs(parsed.multiline ?? []));
    this.#excluded = new Set(parsed.excluded);
    this.#noBranch = new Set(parsed.noBranch ?? []);
    this.#jumps = readJumps(parsed.withJumps ?? []);
  }

  /** A statement of several lines is known by its first; a negative number is a code object's entry or exit. */
  firstLine(line: number): number {
    return line < 0 ? -(this.#first.get(-line) ?? -line) : (this.#first.get(line) ?? line);
  }

  /** Possible arcs of lines with two or more exits that count. */
  branches(): Arc[] {
    const exits = new Map<number, number>();
    const possible = pairs(this.#parsed.arcs);
    for (const [from, to] of possible) {
      if (this.#excluded.has(from) || this.#excluded.has(to)) continue;
      exits.set(from, (exits.get(from) ?? 0) + 1);
    }
    return possible.filter(([from]) => (exits.get(from) ?? 0) > 1).sort(byArc);
  }

  /** `# pragma: no branch`, `while True:`, and arcs into excluded code are no missing branches. */
  countsAsMissing([from, to]: Arc): boolean {
    return !this.#noBranch.has(from) && !this.#excluded.has(to);
  }

  /**
   * The recorded arcs in the parser's terms. Where only lines were recorded (an arc from a line to itself),
   * a line with one possible destination has gone there.
   */
  takenArcs(arcs: Iterable<Arc>): Arc[] {
    const single = this.#singleDestinations();
    const resolved: Arc[] = [];
    for (const [from, to] of this.#translated(arcs)) {
      if (from !== to) resolved.push([from, to]);
      else {
        const only = single.get(from);
        if (only !== undefined) resolved.push([from, only]);
      }
    }
    return this.#translated(resolved);
  }

  #translated(arcs: Iterable<Arc>): Arc[] {
    return this.#withoutWithJumps(arcs).map(([from, to]) => [this.firstLine(from), this.firstLine(to)]);
  }

  #singleDestinations(): Map<number, number> {
    const found = new Map<number, number | undefined>();
    for (const [from, to] of pairs(this.#parsed.arcs)) found.set(from, found.has(from) ? undefined : to);
    return new Map([...found].flatMap(([from, to]) => (to === undefined ? [] : [[from, to] as const])));
  }

  /** From 3.10 on leaving a `with` block passes its first line again; coverage.py takes that detour out. */
  #withoutWithJumps(arcs: Iterable<Arc>): Arc[] {
    const all = new Map<string, Arc>();
    for (const arc of arcs) all.set(String(arc), arc);
    if (this.#jumps.size === 0) return [...all.values()];
    const added = new Map<string, Arc>();
    const removed = new Set<string>();
    for (const [name, [end0]] of all) {
      let jump = this.#jumps.get(name);
      if (jump === undefined) continue;
      removed.add(name);
      let { next, end } = jump;
      for (jump = this.#jumps.get(String(next)); jump !== undefined; jump = this.#jumps.get(String(next))) {
        removed.add(String(next));
        ({ next, end } = jump);
        removed.add(String(end));
      }
      added.set(String([end0, end[1]]), [end0, end[1]]);
      removed.add(String(next));
    }
    return [...new Map([...all, ...added])].filter(([name]) => !removed.has(name)).map(([, arc]) => arc);
  }
}

function readJumps(flat: readonly number[]): Map<string, { next: Arc; end: Arc }> {
  const jumps = new Map<string, { next: Arc; end: Arc }>();
  const arcs = pairs(flat);
  for (let at = 0; at + 2 < arcs.length; at += 3) {
    jumps.set(String(arcs[at]), { next: arcs[at + 1] as Arc, end: arcs[at + 2] as Arc });
  }
  return jumps;
}

export function pairs(flat: readonly number[]): Arc[] {
  const found: Arc[] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) found.push([flat[at] as number, flat[at + 1] as number]);
  return found;
}

function ascending(a: number, b: number): number {
  return a - b;
}

function byArc(a: Arc, b: Arc): number {
  return a[0] - b[0] || a[1] - b[1];
}
