/** The counters of one original source text in every script that carries it, joined by their place. */
import type { Count, FileCounts } from "../counters.ts";
import type { FileTable, FlatRange } from "../map/probe-table.ts";
import { addHits } from "./hits.ts";

export interface JoinedStatement {
  at: FlatRange;
  count: Count;
}

export interface JoinedFunction extends JoinedStatement {
  name: string;
  declaration: FlatRange;
}

export interface JoinedBranch {
  type: string;
  at: FlatRange;
  arms: FlatRange[];
  counts: Count[];
}

export interface Joined {
  statements: JoinedStatement[];
  functions: JoinedFunction[];
  branches: JoinedBranch[];
}

interface Contribution {
  table: FileTable;
  counts: FileCounts;
}

export class JoinedCounters {
  /** Most sources come from one script only: then there is nothing to join. */
  #only: Contribution | undefined;
  #isJoined = false;
  readonly #statements = new Map<string, JoinedStatement>();
  readonly #functions = new Map<string, JoinedFunction>();
  readonly #branches = new Map<string, JoinedBranch>();

  add(table: FileTable, counts: FileCounts): void {
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

  all(): Joined {
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

export function addCounts(a: Count, b: Count): Count {
  const ran = [a, b].filter(({ hits }) => hits !== undefined && hits > 0);
  return {
    hits: addHits(a.hits, b.hits),
    atLoad: ran.length > 0 && ran.every(({ atLoad }) => atLoad),
  };
}
