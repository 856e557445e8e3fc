/** One Python source: lines and branches as coverage.py counts them, and as Istanbul's counters. */
import type { FileCoverageData } from "istanbul-lib-coverage";
import type { PythonScriptFile } from "../../contract/script-file.ts";
import type { PythonCounts } from "../fold/python-counts.ts";
import type { PythonFileCoverage, UnknownCode } from "../result.ts";
import type { SourceCounters } from "./source-files.ts";

export class PythonFile implements SourceCounters {
  readonly #script: PythonScriptFile;
  readonly #executed = new Set<number>();
  readonly #arcs = new Set<string>();
  #hasArcs = false;
  #isLate = false;

  constructor(script: PythonScriptFile) {
    this.#script = script;
  }

  add(counts: PythonCounts): void {
    for (const line of counts.lines) this.#executed.add(line);
    for (const arc of counts.arcs()) this.#arcs.add(arc.join());
    if (counts.hasArcs) this.#hasArcs = true;
    if (counts.isLate) this.#isLate = true;
  }

  get isEmpty(): boolean {
    return this.#script.statements.length === 0;
  }

  python(): PythonFileCoverage {
    const { statements, excluded } = this.#script;
    const left = new Set(excluded);
    const counted = statements.filter((line) => !left.has(line)).sort((a, b) => a - b);
    const unknown = this.#unknownLines();
    const branches = this.#hasArcs ? this.#branches() : [];
    return {
      executedLines: counted.filter((line) => this.#ran(line)),
      missingLines: counted.filter((line) => !this.#ran(line) && !unknown.has(line)),
      excludedLines: [...left].sort((a, b) => a - b),
      executedBranches: branches.filter((arc) => this.#arcs.has(arc.join())),
      missingBranches: branches.filter(
        ([from, to]) => !this.#arcs.has(`${from},${to}`) && this.#canMiss(from),
      ),
    };
  }

  #ran(line: number): boolean {
    return (
      this.#firstLines().some(([any, first]) => first === line && this.#executed.has(any)) ||
      this.#executed.has(line)
    );
  }

  #firstLines(): [number, number][] {
    return pairs(this.#script.multiline ?? []);
  }

  #canMiss(from: number): boolean {
    return !(this.#script.noBranch ?? []).includes(from) && this.#ran(from);
  }

  /** Possible arcs of lines that have two or more: what coverage.py calls branches. */
  #branches(): [number, number][] {
    const possible = pairs(this.#script.arcs);
    const exits = new Map<number, number>();
    for (const [from] of possible) if (from > 0) exits.set(from, (exits.get(from) ?? 0) + 1);
    const excluded = new Set(this.#script.excluded);
    return possible
      .filter(([from]) => (exits.get(from) ?? 0) > 1 && !excluded.has(from))
      .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  }

  #unknownLines(): Set<number> {
    if (!this.#isLate) return new Set();
    return new Set((this.#script.moduleLines ?? []).filter((line) => !this.#ran(line)));
  }

  coverage(path: string): FileCoverageData {
    const data: FileCoverageData = { path, statementMap: {}, fnMap: {}, branchMap: {}, s: {}, f: {}, b: {} };
    const { executedLines, missingLines, executedBranches, missingBranches } = this.python();
    const lines = this.#script.source.split("\n");
    const place = (line: number) => ({
      start: { line, column: (lines[line - 1] ?? "").search(/\S|$/) },
      end: { line, column: (lines[line - 1] ?? "").length },
    });
    const executed = new Set(executedLines);
    for (const [id, line] of [...executedLines, ...missingLines].sort((a, b) => a - b).entries()) {
      data.statementMap[id] = place(line);
      data.s[id] = executed.has(line) ? 1 : 0;
    }
    const arms = new Map<number, [number, number][]>();
    const covered = new Set(executedBranches.map((arc) => arc.join()));
    for (const arc of [...executedBranches, ...missingBranches].sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
      arms.set(arc[0], [...(arms.get(arc[0]) ?? []), arc]);
    }
    for (const [id, [line, arcs]] of [...arms].entries()) {
      const locations = arcs.map(([, to]) => place(to > 0 ? to : line));
      data.branchMap[id] = { loc: place(line), type: "if", locations, line };
      data.b[id] = arcs.map((arc) => (covered.has(arc.join()) ? 1 : 0));
    }
    return data;
  }

  unknown(): UnknownCode | undefined {
    const lines = [...this.#unknownLines()].sort((a, b) => a - b);
    if (lines.length === 0) return undefined;
    const statements = lines.map((line) => ({ start: { line, column: 0 }, end: { line, column: 0 } }));
    return { reasons: ["late"], statements, functions: [], branches: [] };
  }
}

function pairs(flat: readonly number[]): [number, number][] {
  const found: [number, number][] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) found.push([flat[at] as number, flat[at + 1] as number]);
  return found;
}
