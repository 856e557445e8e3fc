/**
 * Plan + script + source map → the same table as V8's: every counter in its original place. It is read from sums of
 * probes; no syntax tree is needed. Pure.
 */
import {
  type PlannedFunction,
  type ProbePlan,
  plannedBranches,
  plannedFunctions,
  plannedStatements,
} from "../../contract/probe-plan.ts";
import { holds, type Intervals } from "../fold/intervals.ts";
import { branchPlaces } from "./branch-places.ts";
import { DeferredCode } from "./deferred-code.ts";
import { Locator, type Span } from "./locator.ts";
import { methodName } from "./method-name.ts";
import { leftoversOf } from "./plan-leftovers.ts";
import type { FileTable, FlatRange } from "./probe-table.ts";
import type { Probe } from "./repair/terms.ts";
import type { ScriptMap } from "./source-map.ts";
import { TableBuilder, withTextHash } from "./table-builder.ts";

export interface PlanTable {
  /** Their probes are numbers of probes, each added; `unknown` stands for what no probe tells. */
  files: FileTable[];
  /** By probe: it counts code that runs when it is called, not when its module is loaded. */
  isDeferred: Uint8Array;
  unknown: number;
}

export function planTable(plan: ProbePlan, source: string, map: ScriptMap, leaveOut: boolean): PlanTable {
  const walk = new PlanWalk(plan, source, map, leaveOut);
  const files = walk.build().map((file) => withTextHash(file, map.map));
  return { files, isDeferred: walk.isDeferred, unknown: plan.probes };
}

class PlanWalk {
  readonly isDeferred: Uint8Array;
  readonly #plan: ProbePlan;
  readonly #source: string;
  readonly #locator: Locator;
  readonly #builder: TableBuilder;
  readonly #functions: readonly PlannedFunction[];
  readonly #deferred: DeferredCode;
  readonly #leftOut: Intervals;

  constructor(plan: ProbePlan, source: string, { map, deployed }: ScriptMap, leaveOut: boolean) {
    this.#plan = plan;
    this.#source = source;
    this.isDeferred = new Uint8Array(plan.probes);
    this.#locator = new Locator(source, map);
    this.#builder = new TableBuilder(map.sources, true);
    this.#functions = [...plannedFunctions(plan)];
    const functions = this.#functions.map(({ start, body }) => ({ start, end: body.end }));
    this.#deferred = new DeferredCode(plan, this.#functions);
    const statements = [...plannedStatements(plan)];
    this.#leftOut =
      leaveOut && !deployed ? leftoversOf(source, this.#locator.firstMapped, { statements, functions }) : [];
  }

  build(): FileTable[] {
    for (const { isIgnored, reference, ...span } of plannedStatements(this.#plan)) {
      const probe = this.#probe(reference, span);
      const range = isIgnored || this.#isLeftOut(span) ? undefined : this.#locator.range(span);
      if (range !== undefined) this.#builder.statement(range, probe);
    }
    for (const one of this.#functions) this.#function(one);
    this.#branches();
    return this.#builder.build();
  }

  #function({ name, start, end, body, reference, isIgnored }: PlannedFunction): void {
    const probe = this.#probe(reference, body);
    if (isIgnored || this.#isLeftOut({ start, end })) return;
    const range = this.#locator.range(body);
    const declared = this.#locator.range({ start, end });
    if (range === undefined || declared === undefined) return;
    this.#builder.function(name ?? methodName(this.#source, start, body), range, declared, probe);
  }

  #branches(): void {
    for (const { type, isIgnored, arms, start, end } of plannedBranches(this.#plan)) {
      const shown = arms.filter((arm) => !arm.isIgnored);
      const probes = shown.map(({ reference, span }) => this.#probe(reference, span ?? { start, end }));
      if (isIgnored || this.#isLeftOut({ start, end })) continue;
      const spans = shown.map(({ span }) => span ?? null);
      const places = branchPlaces(this.#locator, type, { start, end }, spans);
      if (places === undefined) continue;
      const isPlaced = (_: unknown, arm: number) => places.arms[arm] !== undefined;
      const placed = places.arms.filter((arm): arm is FlatRange => arm !== undefined);
      this.#builder.branch(type, places.range, placed, probes.filter(isPlaced));
    }
  }

  #isLeftOut({ start }: Span): boolean {
    return holds(this.#leftOut, start);
  }

  /** Whose sum it is. */
  #probe(reference: number, counter: Span): Probe {
    const { probes, sums } = this.#plan;
    if (reference === 0) return [probes];
    const probe = reference <= probes ? [reference - 1] : (sums[reference - probes - 1] as number[]);
    if (this.#deferred.holds(counter)) for (const one of probe) this.isDeferred[one] = 1;
    return probe;
  }
}
