/** Which sequences of which execution environments have been counted, and what is missing between them. */
import type { EnvironmentLoss, EnvironmentSummary } from "../result.ts";

/** Sorted, disjoint, inclusive: `[from, to, from, to, …]`. */
export type Sequences = number[];

interface Environment {
  functionName: string;
  held: Sequences;
  /** Sequence → reason; most environments lose nothing. */
  lost: Map<number, string> | undefined;
}

const listedLosses = 1000;

export class Environments {
  readonly #byId = new Map<string, Environment>();

  get count(): number {
    return this.#byId.size;
  }

  holds(id: string, sequence: number): boolean {
    const held = this.#byId.get(id)?.held;
    return held !== undefined && holdsSequence(held, sequence);
  }

  sequences(id: string): Sequences {
    return this.#byId.get(id)?.held ?? [];
  }

  add(id: string, functionName: string, from: number, to = from): void {
    addSequences(this.#environment(id, functionName).held, from, to);
  }

  /** A sequence whose coverage the agent recorded as lost: held, with nothing in it. */
  addLost(id: string, functionName: string, sequence: number, reason: string): void {
    const environment = this.#environment(id, functionName);
    environment.lost ??= new Map();
    environment.lost.set(sequence, reason);
  }

  #environment(id: string, functionName: string): Environment {
    let environment = this.#byId.get(id);
    if (environment === undefined) {
      environment = { functionName, held: [], lost: undefined };
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

export function holdsSequence(held: Sequences, sequence: number): boolean {
  const at = firstEndingAtOrAfter(held, sequence);
  return at < held.length && (held[at] as number) <= sequence;
}

/** Adds `from` to `to`, joining neighbours. */
export function addSequences(held: Sequences, from: number, to: number): void {
  const at = firstEndingAtOrAfter(held, from - 1);
  let until = at;
  let start = from;
  let end = to;
  while (until < held.length && (held[until] as number) <= to + 1) {
    start = Math.min(start, held[until] as number);
    end = Math.max(end, held[until + 1] as number);
    until += 2;
  }
  held.splice(at, until - at, start, end);
}

function firstEndingAtOrAfter(held: Sequences, sequence: number): number {
  let low = 0;
  let high = held.length / 2;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((held[middle * 2 + 1] as number) < sequence) low = middle + 1;
    else high = middle;
  }
  return low * 2;
}

/** At most 1,000 of them: an environment id with sequence 0 and 2^50 is a forgery, not a loss to print. */
function holes(held: Sequences): number[] {
  const missing: number[] = [];
  for (let at = 2; at < held.length; at += 2) {
    const end = Math.min(held[at] as number, (held[at - 1] as number) + listedLosses);
    for (let sequence = (held[at - 1] as number) + 1; sequence < end; sequence++) missing.push(sequence);
  }
  return missing.slice(0, listedLosses);
}
