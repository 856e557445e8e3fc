/** Which sequences of which execution environments have been counted, and what is missing between them. */
import type { CoverageFile, InitReference } from "../../contract/coverage-file.ts";
import type { EnvironmentLoss, EnvironmentSummary } from "../result.ts";
import { InitLists } from "./init-lists.ts";
import { addInterval, holds, type Intervals } from "./intervals.ts";

interface Environment {
  functionName: string;
  held: number[];
  /** Those of `held` whose files were exact; most environments have all or none. */
  exact: number[] | undefined;
  /** Sequence → reason; most environments lose nothing. */
  lost: Map<number, string> | undefined;
  /** Flat pairs `[index in inits, sequence, …]`, one list for all environments alike. */
  inits: readonly number[] | undefined;
}

const listedLosses = 1000;

export class Environments {
  readonly #byId = new Map<string, Environment>();
  readonly inits = new InitLists();

  get count(): number {
    return this.#byId.size;
  }

  holds(id: string, sequence: number): boolean {
    const held = this.#byId.get(id)?.held;
    return held !== undefined && holds(held, sequence);
  }

  sequences(id: string): Intervals {
    return this.#byId.get(id)?.held ?? [];
  }

  /** A file whose sequence was not held. A lost one is held, with nothing in it. */
  addFile(file: CoverageFile): void {
    const { exact, granularity, lost, inits } = file;
    const { id, sequence } = file.environment;
    const environment = this.#environment(id, file.function.name);
    addInterval(environment.held, sequence, sequence);
    if (lost !== undefined) noteLost(environment, sequence, lost.reason);
    else if (exact === true && granularity === "block") noteExact(environment, sequence, sequence);
    if (inits !== undefined) this.#noteInits(environment, inits);
  }

  add(id: string, functionName: string, from: number, to: number): void {
    addInterval(this.#environment(id, functionName).held, from, to);
  }

  addLost(id: string, functionName: string, sequence: number, reason: string): void {
    noteLost(this.#environment(id, functionName), sequence, reason);
  }

  addExact(id: string, functionName: string, from: number, to: number): void {
    noteExact(this.#environment(id, functionName), from, to);
  }

  addInits(id: string, functionName: string, inits: readonly InitReference[]): void {
    this.#noteInits(this.#environment(id, functionName), inits);
  }

  #noteInits(environment: Environment, inits: readonly InitReference[]): void {
    environment.inits = this.inits.with(environment.inits, inits);
  }

  #environment(id: string, functionName: string): Environment {
    let environment = this.#byId.get(id);
    if (environment === undefined) {
      environment = { functionName, held: [], exact: undefined, lost: undefined, inits: undefined };
      this.#byId.set(id, environment);
    }
    return environment;
  }

  *entries(): Iterable<[id: string, environment: Readonly<Environment>]> {
    yield* this.#byId;
  }

  countOf(functionName: string): number {
    let count = 0;
    for (const environment of this.#byId.values()) if (environment.functionName === functionName) count++;
    return count;
  }

  summary(): EnvironmentSummary {
    const losses: EnvironmentLoss[] = [];
    let withLosses = 0;
    for (const [environmentId, { functionName, held, lost }] of this.#byId) {
      const missingSequences = holes(held);
      if (missingSequences.length === 0 && lost === undefined) continue;
      withLosses++;
      if (losses.length >= listedLosses) continue;
      const lostRecords = [...(lost ?? [])].map(([sequence, reason]) => ({ sequence, reason }));
      lostRecords.sort((a, b) => a.sequence - b.sequence);
      losses.push({ environmentId, functionName, missingSequences, lostRecords });
    }
    losses.sort((a, b) => (a.environmentId < b.environmentId ? -1 : 1));
    return { count: this.#byId.size, withLosses, losses };
  }
}

function noteLost(environment: Environment, sequence: number, reason: string): void {
  environment.lost ??= new Map();
  environment.lost.set(sequence, reason);
}

function noteExact(environment: Environment, from: number, to: number): void {
  environment.exact ??= [];
  addInterval(environment.exact, from, to);
}

/** At most 1,000 of them: an environment id with sequence 0 and 2^50 is a forgery, not a loss to print. */
function holes(held: Intervals): number[] {
  const missing: number[] = [];
  for (let at = 2; at < held.length; at += 2) {
    const end = Math.min(held[at] as number, (held[at - 1] as number) + listedLosses);
    for (let sequence = (held[at - 1] as number) + 1; sequence < end; sequence++) missing.push(sequence);
  }
  return missing.slice(0, listedLosses);
}
