/** One original source text: the counters of every script that carries it, joined by their place. */
import type { FileCoverageData, Range } from "istanbul-lib-coverage";
import type { FileCounts } from "../counters.ts";
import type { UnknownReason } from "../fold/script-counts.ts";
import type { FileTable, FlatRange } from "../map/probe-table.ts";
import type { UnknownCode } from "../result.ts";
import { addHits, type Hits } from "./hits.ts";

interface JoinedStatement {
  at: FlatRange;
  hits: Hits;
}

interface JoinedFunction extends JoinedStatement {
  name: string;
  declaration: FlatRange;
}

interface JoinedBranch {
  type: string;
  at: FlatRange;
  arms: FlatRange[];
  hits: Hits[];
}

interface Contribution {
  table: FileTable;
  counts: FileCounts;
}

export class JoinedFile {
  /** Most sources come from one script only: then there is nothing to join. */
  #only: Contribution | undefined;
  #isJoined = false;
  readonly #statements = new Map<string, JoinedStatement>();
  readonly #functions = new Map<string, JoinedFunction>();
  readonly #branches = new Map<string, JoinedBranch>();
  readonly #reasons = new Set<UnknownReason>();

  add(table: FileTable, counts: FileCounts, reasons: readonly UnknownReason[]): void {
    for (const reason of reasons) this.#reasons.add(reason);
    if (!this.#isJoined && this.#only === undefined) {
      this.#only = { table, counts };
      return;
    }
    if (this.#only !== undefined) this.#join(this.#only);
    this.#only = undefined;
    this.#isJoined = true;
    this.#join({ table, counts });
  }

  #join({ table, counts }: Contribution): void {
    for (const [index, { at }] of table.statements.entries()) {
      join(this.#statements, at.join(), counts.statements[index], () => ({ at, hits: 0 }));
    }
    for (const [index, { name, declaration, at }] of table.functions.entries()) {
      const hits = counts.functions[index];
      join(this.#functions, declaration.join(), hits, () => ({ name, declaration, at, hits: 0 }));
    }
    for (const [index, { type, at, arms }] of table.branches.entries()) {
      const key = arms.join("|");
      const hits = counts.branches[index] as Hits[];
      const known = this.#branches.get(key);
      if (known === undefined) this.#branches.set(key, { type, at, arms, hits: [...hits] });
      else known.hits = known.hits.map((sum, arm) => addHits(sum, hits[arm]));
    }
  }

  #counters(): { statements: JoinedStatement[]; functions: JoinedFunction[]; branches: JoinedBranch[] } {
    if (this.#only === undefined) {
      return {
        statements: [...this.#statements.values()],
        functions: [...this.#functions.values()],
        branches: [...this.#branches.values()],
      };
    }
    const { table, counts } = this.#only;
    return {
      statements: table.statements.map(({ at }, index) => ({ at, hits: counts.statements[index] })),
      functions: table.functions.map((counter, index) => ({ ...counter, hits: counts.functions[index] })),
      branches: table.branches.map((branch, index) => ({
        ...branch,
        hits: counts.branches[index] as Hits[],
      })),
    };
  }

  get isEmpty(): boolean {
    const { statements, functions, branches } = this.#only?.table ?? {
      statements: [...this.#statements.keys()],
      functions: [...this.#functions.keys()],
      branches: [...this.#branches.keys()],
    };
    return statements.length + functions.length + branches.length === 0;
  }

  /** The known counters. */
  coverage(path: string): FileCoverageData {
    const data: FileCoverageData = { path, statementMap: {}, fnMap: {}, branchMap: {}, s: {}, f: {}, b: {} };
    const { statements, functions, branches } = this.#counters();
    let id = 0;
    for (const { at, hits } of statements) {
      if (hits === undefined) continue;
      data.statementMap[id] = istanbulRange(at);
      data.s[id++] = hits;
    }
    id = 0;
    for (const { name, declaration, at, hits } of functions) {
      if (hits === undefined) continue;
      const loc = istanbulRange(at);
      data.fnMap[id] = { name, decl: istanbulRange(declaration), loc, line: loc.start.line };
      data.f[id++] = hits;
    }
    id = 0;
    for (const { type, at, arms, hits } of branches) {
      if (!isKnown(hits)) continue;
      const loc = istanbulRange(at);
      data.branchMap[id] = { loc, type, locations: arms.map(istanbulRange), line: loc.start.line };
      data.b[id++] = hits;
    }
    return data;
  }

  /** What is left out of `coverage`, or undefined where nothing is. */
  unknown(): UnknownCode | undefined {
    if (this.#reasons.size === 0) return undefined;
    const { statements, functions, branches } = this.#counters();
    const unknown: UnknownCode = {
      reasons: [...this.#reasons].sort(),
      statements: statements.filter(isUnknown).map(({ at }) => istanbulRange(at)),
      functions: functions.filter(isUnknown).map(({ name, at }) => ({ name, loc: istanbulRange(at) })),
      branches: branches
        .filter(({ hits }) => !isKnown(hits))
        .map(({ type, at }) => ({ type, loc: istanbulRange(at) })),
    };
    const count = unknown.statements.length + unknown.functions.length + unknown.branches.length;
    return count === 0 ? undefined : unknown;
  }
}

function join<T extends { hits: Hits }>(into: Map<string, T>, key: string, hits: Hits, fresh: () => T): void {
  const known = into.get(key);
  if (known === undefined) into.set(key, { ...fresh(), hits });
  else known.hits = addHits(known.hits, hits);
}

function isUnknown({ hits }: { hits: Hits }): boolean {
  return hits === undefined;
}

function isKnown(hits: Hits[]): hits is number[] {
  return !hits.includes(undefined);
}

/** Istanbul's form. A missing else has no place: `{start: {}, end: {}}`, as Istanbul itself writes it. */
export function istanbulRange([line, column, endLine, endColumn]: FlatRange): Range {
  if (line === 0) return { start: {}, end: {} } as Range;
  return {
    start: { line, column },
    end: { line: endLine, column: endColumn === -1 ? Number.POSITIVE_INFINITY : endColumn },
  };
}
