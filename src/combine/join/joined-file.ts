/** One original source text: the counters of every script that carries it, joined by their place. */
import type { FileCoverageData, Range } from "istanbul-lib-coverage";
import type { Count, FileCounts } from "../counters.ts";
import type { UnknownReason } from "../fold/script-counts.ts";
import type { FileTable, FlatRange } from "../map/probe-table.ts";
import type { AtLoad, UnknownCode } from "../result.ts";
import { addHits, type Hits } from "./hits.ts";

interface JoinedStatement {
  at: FlatRange;
  count: Count;
}

interface JoinedFunction extends JoinedStatement {
  name: string;
  declaration: FlatRange;
}

interface JoinedBranch {
  type: string;
  at: FlatRange;
  arms: FlatRange[];
  counts: Count[];
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

  add(table: FileTable, counts: FileCounts): void {
    for (const reason of counts.reasons) this.#reasons.add(reason);
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
      const count = counts.statements[index] as Count;
      join(this.#statements, at.join(), count, () => ({ at, count }));
    }
    for (const [index, { name, declaration, at }] of table.functions.entries()) {
      const count = counts.functions[index] as Count;
      join(this.#functions, declaration.join(), count, () => ({ name, declaration, at, count }));
    }
    for (const [index, { type, at, arms }] of table.branches.entries()) {
      const key = arms.join("|");
      const own = counts.branches[index] as Count[];
      const known = this.#branches.get(key);
      if (known === undefined) this.#branches.set(key, { type, at, arms, counts: own });
      else known.counts = known.counts.map((sum, arm) => addCounts(sum, own[arm] as Count));
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
      statements: table.statements.map(({ at }, index) => ({ at, count: counts.statements[index] as Count })),
      functions: table.functions.map((counter, index) => ({
        ...counter,
        count: counts.functions[index] as Count,
      })),
      branches: table.branches.map((branch, index) => ({
        ...branch,
        counts: counts.branches[index] as Count[],
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
    for (const { at, count } of statements) {
      if (count.hits === undefined) continue;
      data.statementMap[id] = istanbulRange(at);
      data.s[id++] = count.hits;
    }
    id = 0;
    for (const { name, declaration, at, count } of functions) {
      if (count.hits === undefined) continue;
      const loc = istanbulRange(at);
      data.fnMap[id] = { name, decl: istanbulRange(declaration), loc, line: loc.start.line };
      data.f[id++] = count.hits;
    }
    id = 0;
    for (const { type, at, arms, counts } of branches) {
      const hits = counts.map((count) => count.hits);
      if (!isKnown(hits)) continue;
      const loc = istanbulRange(at);
      data.branchMap[id] = { loc, type, locations: arms.map(istanbulRange), line: loc.start.line };
      data.b[id++] = hits;
    }
    return data;
  }

  /** By the ids of `coverage`. */
  atLoad(): AtLoad {
    const { statements, functions, branches } = this.#only?.counts ?? {
      statements: [...this.#statements.values()].map(({ count }) => count),
      functions: [...this.#functions.values()].map(({ count }) => count),
      branches: [...this.#branches.values()].map(({ counts }) => counts),
    };
    return {
      statements: idsAtLoad(statements),
      functions: idsAtLoad(functions),
      branches: armsAtLoad(branches),
    };
  }

  /** What is left out of `coverage`, or undefined where nothing is. */
  unknown(): UnknownCode | undefined {
    if (this.#reasons.size === 0) return undefined;
    const { statements, functions, branches } = this.#counters();
    const unknown: UnknownCode = {
      reasons: [...this.#reasons].sort(),
      statements: statements.filter(({ count }) => isUnknown(count)).map(({ at }) => istanbulRange(at)),
      functions: functions
        .filter(({ count }) => isUnknown(count))
        .map(({ name, at }) => ({ name, loc: istanbulRange(at) })),
      branches: branches
        .filter(({ counts }) => counts.some(isUnknown))
        .map(({ type, at }) => ({ type, loc: istanbulRange(at) })),
    };
    const count = unknown.statements.length + unknown.functions.length + unknown.branches.length;
    return count === 0 ? undefined : unknown;
  }
}

function join<T extends { count: Count }>(
  into: Map<string, T>,
  key: string,
  count: Count,
  fresh: () => T,
): void {
  const known = into.get(key);
  if (known === undefined) into.set(key, fresh());
  else known.count = addCounts(known.count, count);
}

function addCounts(a: Count, b: Count): Count {
  const ran = [a, b].filter(({ hits }) => hits !== undefined && hits > 0);
  return {
    hits: addHits(a.hits, b.hits),
    atLoad: ran.length > 0 && ran.every(({ atLoad }) => atLoad),
  };
}

/** Ids number the known ones. */
function idsAtLoad(counts: readonly Count[]): number[] {
  const ids: number[] = [];
  let id = 0;
  for (const { hits, atLoad } of counts) {
    if (atLoad) ids.push(id);
    if (hits !== undefined) id++;
  }
  return ids;
}

function armsAtLoad(branches: readonly Count[][]): [id: number, arm: number][] {
  const arms: [number, number][] = [];
  let id = 0;
  for (const counts of branches) {
    if (counts.some(isUnknown)) continue;
    for (let arm = 0; arm < counts.length; arm++) if (counts[arm]?.atLoad) arms.push([id, arm]);
    id++;
  }
  return arms;
}

function isUnknown({ hits }: Count): boolean {
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
