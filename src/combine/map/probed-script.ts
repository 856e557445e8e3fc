/** The tables of one probed script, for each plan by which it was counted; its map is read and judged once. */
import type { ProbePlan } from "../../contract/probe-plan.ts";
import type { V8ScriptFile } from "../../contract/script-file.ts";
import { type PlanTable, planTable } from "./plan-table.ts";
import { judgedMap, type ScriptMap } from "./source-map.ts";

export class ProbedScript {
  readonly #file: V8ScriptFile;
  readonly #map: ScriptMap;
  readonly #leaveOut: boolean;

  /** `leaveOut`: what a bundler wrote is no code of the user's. */
  constructor(file: V8ScriptFile, leaveOut: boolean) {
    this.#file = file;
    this.#map = judgedMap(file.path, file.source, file.sourceMap);
    this.#leaveOut = leaveOut;
  }

  get deployed(): boolean {
    return this.#map.deployed;
  }

  /** Why a source map that is there was not used. */
  get problem(): string | undefined {
    return this.#map.problem;
  }

  /** The text of a `FileTable.source`. */
  text(source: string): string | undefined {
    const { contents, sources } = this.#map.map;
    return contents[sources.indexOf(source)];
  }

  /** Undefined where the plan is not of this text. */
  table(plan: ProbePlan): PlanTable | undefined {
    const { sha256, source } = this.#file;
    if (plan.sha256 !== sha256 || plan.length !== source.length) return undefined;
    return planTable(plan, source, this.#map, this.#leaveOut);
  }
}
