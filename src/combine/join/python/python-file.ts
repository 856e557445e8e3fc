/** One Python source: lines and branches as coverage.py counts them, and as Istanbul's counters. */
import type { FileCoverageData } from "istanbul-lib-coverage";
import type { PythonScriptFile } from "../../../contract/script-file.ts";
import type { WindowReason } from "../../counters.ts";
import type { PythonCounts } from "../../fold/python-counts.ts";
import type { AtLoad, PythonFileCoverage, UnknownCode } from "../../result.ts";
import type { SourceCounters } from "../source-files.ts";
import { type Arc, analyse, joinAnalyses } from "./analyse.ts";

/** One source as one version of Python parsed it, and what ran of it there. */
interface Parsed {
  script: PythonScriptFile;
  lines: Set<number>;
  arcs: Map<string, Arc>;
  hasArcs: boolean;
  isLate: boolean;
  /** What did not run in the selection may have run before it. */
  window: WindowReason | undefined;
}

export class PythonFile implements SourceCounters {
  readonly collectors = [];
  /** By the script's hash. */
  readonly #parsed = new Map<string, Parsed>();

  add(script: PythonScriptFile, counts: PythonCounts, window: WindowReason | undefined): void {
    const fresh = {
      script,
      lines: new Set<number>(),
      arcs: new Map(),
      hasArcs: false,
      isLate: false,
      window: undefined,
    };
    const parsed: Parsed = this.#parsed.get(script.sha256) ?? fresh;
    this.#parsed.set(script.sha256, parsed);
    for (const line of counts.lines) parsed.lines.add(line);
    for (const arc of counts.arcs()) parsed.arcs.set(arc.join(), arc);
    if (counts.hasArcs) parsed.hasArcs = true;
    if (counts.isLate) parsed.isLate = true;
    parsed.window ??= window;
  }

  get isEmpty(): boolean {
    return [...this.#parsed.values()].every(({ script }) => script.statements.length === 0);
  }

  python(): PythonFileCoverage {
    const known = this.#analysed();
    const unknown = this.#unknownLines(known);
    return {
      ...known,
      missingLines: known.missingLines.filter((line) => !unknown.has(line)),
      missingBranches:
        this.#window === undefined ? known.missingBranches.filter(([from]) => !unknown.has(from)) : [],
    };
  }

  /** Each version of Python by its own parser's findings, then joined: what ran under one has run. */
  #analysed(): PythonFileCoverage {
    return [...this.#parsed.values()]
      .map(({ script, lines, arcs, hasArcs }) => analyse(script, { lines, arcs: arcs.values(), hasArcs }))
      .reduce(joinAnalyses);
  }

  get #window(): WindowReason | undefined {
    return [...this.#parsed.values()].find(({ window }) => window !== undefined)?.window;
  }

  /** All that did not run in a window; else module-level lines that may have run before a late start. */
  #unknownLines(known: PythonFileCoverage): Set<number> {
    if (this.#window !== undefined) return new Set(known.missingLines);
    const late = [...this.#parsed.values()].filter(({ isLate }) => isLate);
    const missing = new Set(known.missingLines);
    const moduleLines = late.flatMap(({ script }) => script.moduleLines ?? []);
    return new Set(moduleLines.filter((line) => missing.has(line)));
  }

  #functions(): NonNullable<PythonScriptFile["functions"]> {
    return [...this.#parsed.values()][0]?.script.functions ?? [];
  }

  coverage(path: string): FileCoverageData {
    const data: FileCoverageData = { path, statementMap: {}, fnMap: {}, branchMap: {}, s: {}, f: {}, b: {} };
    const { executedLines, missingLines, executedBranches, missingBranches } = this.python();
    const lines = ([...this.#parsed.values()][0]?.script.source ?? "").split("\n");
    const place = (line: number) => ({
      start: { line, column: (lines[line - 1] ?? "").search(/\S|$/) },
      end: { line, column: (lines[line - 1] ?? "").length },
    });
    const executed = new Set(executedLines);
    for (const [id, line] of [...executedLines, ...missingLines].sort((a, b) => a - b).entries()) {
      data.statementMap[id] = place(line);
      data.s[id] = executed.has(line) ? 1 : 0;
    }
    const unknown = this.#unknownLines(this.#analysed());
    for (const [id, [name, line, endLine, first]] of this.#functions().entries()) {
      if (unknown.has(first)) continue;
      const last = { line: endLine, column: (lines[endLine - 1] ?? "").length };
      data.fnMap[id] = { name, line, decl: place(line), loc: { start: place(line).start, end: last } };
      data.f[id] = executed.has(first) ? 1 : 0;
    }
    const arms = new Map<number, [number, number][]>();
    const covered = new Set(executedBranches.map((arc) => arc.join()));
    for (const arc of [...executedBranches, ...missingBranches].sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
      const known = arms.get(arc[0]);
      if (known === undefined) arms.set(arc[0], [arc]);
      else known.push(arc);
    }
    for (const [id, [line, arcs]] of [...arms].entries()) {
      const locations = arcs.map(([, to]) => place(to > 0 ? to : line));
      data.branchMap[id] = { loc: place(line), type: "if", locations, line };
      data.b[id] = arcs.map((arc) => (covered.has(arc.join()) ? 1 : 0));
    }
    return data;
  }

  unknown(): UnknownCode | undefined {
    const lines = [...this.#unknownLines(this.#analysed())].sort((a, b) => a - b);
    if (lines.length === 0) return undefined;
    const statements = lines.map((line) => ({ start: { line, column: 0 }, end: { line, column: 0 } }));
    return { reasons: [this.#window ?? "late"], statements, functions: [], branches: [] };
  }

  /** By the ids of `coverage`. */
  atLoad(): AtLoad {
    const moduleLines = new Set([...this.#parsed.values()].flatMap(({ script }) => script.moduleLines ?? []));
    const { s, statementMap } = this.coverage("");
    const statements = Object.keys(s)
      .map(Number)
      .filter((id) => (s[id] as number) > 0 && moduleLines.has(statementMap[id]?.start.line as number));
    return { statements, functions: [], branches: [] };
  }
}
