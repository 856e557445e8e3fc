/** One original source text: what all scripts that carry it counted of it, by whichever collector. */
import type { FileCoverageData, Range } from "istanbul-lib-coverage";
import type { Count, FileCounts } from "../counters.ts";
import type { UnknownReason } from "../fold/script-counts.ts";
import type { FileTable, FlatRange } from "../map/probe-table.ts";
import type { AtLoad, Collector, UnknownCode } from "../result.ts";
import type { Hits } from "./hits.ts";
import { joinCollectors } from "./join-collectors.ts";
import { type Joined, JoinedCounters } from "./joined-counters.ts";

export class JoinedFile {
  readonly #byCollector = new Map<Collector | undefined, JoinedCounters>();
  readonly #reasons = new Set<UnknownReason>();

  /** `collector`: undefined for a file that was never loaded. */
  add(table: FileTable, counts: FileCounts, collector: Collector | undefined): void {
    for (const reason of counts.reasons) this.#reasons.add(reason);
    const counters = this.#byCollector.get(collector) ?? new JoinedCounters();
    this.#byCollector.set(collector, counters);
    counters.add(table, counts);
  }

  get collectors(): Collector[] {
    return [...this.#byCollector.keys()].filter((collector) => collector !== undefined).sort();
  }

  get isEmpty(): boolean {
    return [...this.#byCollector.values()].every(({ isEmpty }) => isEmpty);
  }

  #counters(): Joined {
    const [v8, probes] = [this.#byCollector.get("v8"), this.#byCollector.get("probes")];
    if (v8 !== undefined && probes !== undefined) return joinCollectors(v8.all(), probes.all());
    const [only] = this.#byCollector.values();
    return only?.all() ?? { statements: [], functions: [], branches: [] };
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
    const { statements, functions, branches } = this.#counters();
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

/** Ids number the known ones. */
function idsAtLoad(counters: readonly { count: Count }[]): number[] {
  const ids: number[] = [];
  let id = 0;
  for (const {
    count: { hits, atLoad },
  } of counters) {
    if (atLoad) ids.push(id);
    if (hits !== undefined) id++;
  }
  return ids;
}

function armsAtLoad(branches: readonly { counts: Count[] }[]): [id: number, arm: number][] {
  const arms: [number, number][] = [];
  let id = 0;
  for (const { counts } of branches) {
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
