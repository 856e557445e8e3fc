/**
 * A probe table as stored: all of a file's numbers in one list, since a hundred thousand small lists take JSON.parse
 * longer than everything else that a stored table is for. What lies in a bucket is data of strangers: every number is
 * checked as it is unpacked.
 */
import { intervalsProblem } from "../fold/intervals.ts";
import { twinOffset } from "../fold/script-counts.ts";
import { isObject } from "../read/validate.ts";
import {
  type BranchCounter,
  type BranchType,
  type FileTable,
  type FlatRange,
  type FunctionCounter,
  type ModuleLevel,
  mappingVersion,
  type ProbeTable,
  type StatementCounter,
} from "./probe-table.ts";
import { atMost, type Probe, witness } from "./repair/terms.ts";

type Fields = Record<string, unknown>;

/** Lists are preceded by their length; a probe is a list of terms, a range four numbers. */
interface PackedFile {
  source: string;
  textSha256?: string;
  /** Per statement: range, list of probes. */
  statements: number[];
  functionNames: string[];
  /** Per function: range of the declaration, range, probe. */
  functions: number[];
  /** Per branch: index of its type, range, list of ranges of the arms, a probe for each. */
  branches: number[];
}

/** Their order is part of the format. */
const branchTypes: readonly BranchType[] = ["if", "cond-expr", "binary-expr", "switch", "default-arg"];
const endOfPositions = 2 ** 31;

export function packTable(table: ProbeTable): object {
  return { version: mappingVersion, ...table, files: table.files.map(packFile) };
}

function packFile({ source, textSha256, statements, functions, branches }: FileTable): PackedFile {
  return {
    source,
    ...(textSha256 === undefined ? {} : { textSha256 }),
    statements: statements.flatMap(({ at, probes }) => [...at, probes.length, ...probes.flatMap(packList)]),
    functionNames: functions.map(({ name }) => name),
    functions: functions.flatMap(({ declaration, at, probe }) => [...declaration, ...at, ...packList(probe)]),
    branches: branches.flatMap(({ type, at, arms, probes }) => [
      branchTypes.indexOf(type),
      ...at,
      arms.length,
      ...arms.flat(),
      ...probes.flatMap(packList),
    ]),
  };
}

function packList(list: readonly number[]): number[] {
  return [list.length, ...list];
}

/** The stored value as table of this script; undefined where it is anything else. */
export function unpackTable(value: unknown, sha256: string, length: number): ProbeTable | undefined {
  if (!isObject(value) || value.version !== mappingVersion) return undefined;
  if (value.sha256 !== sha256 || value.length !== length) return undefined;
  const { mapSha256, deployed, problem, functionRanges, moduleLevel, files } = value;
  if (!isModuleLevel(moduleLevel)) return undefined;
  if (!isHash(mapSha256) || typeof deployed !== "boolean") return undefined;
  if (problem !== undefined && typeof problem !== "string") return undefined;
  if (!Array.isArray(functionRanges) || functionRanges.length % 3 !== 0 || !Array.isArray(files))
    return undefined;
  const furthest = twinOffset(length, length);
  try {
    const ranges = new Numbers(functionRanges, furthest);
    for (const _ of functionRanges) ranges.term();
    return {
      sha256,
      mapSha256,
      length,
      functionRanges,
      moduleLevel,
      deployed,
      ...(problem === undefined ? {} : { problem }),
      files: files.map((file) => unpackFile(file, furthest)),
    };
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

function unpackFile(file: unknown, furthest: number): FileTable {
  if (!isObject(file) || typeof file.source !== "string") throw new Malformed();
  const { source, textSha256 } = file;
  if (textSha256 !== undefined && !isHash(textSha256)) throw new Malformed();
  return {
    source,
    ...(textSha256 === undefined ? {} : { textSha256 }),
    statements: unpackStatements(new Numbers(file.statements, furthest)),
    functions: unpackFunctions(file, furthest),
    branches: unpackBranches(new Numbers(file.branches, furthest)),
  };
}

function unpackStatements(numbers: Numbers): StatementCounter[] {
  const statements: StatementCounter[] = [];
  while (!numbers.isAtEnd) {
    statements.push({ at: numbers.range(), probes: numbers.fullList(() => numbers.probe()) });
  }
  return statements;
}

function unpackFunctions({ functionNames, functions }: Fields, furthest: number): FunctionCounter[] {
  if (!Array.isArray(functionNames)) throw new Malformed();
  const numbers = new Numbers(functions, furthest);
  const unpacked = functionNames.map((name) => {
    if (typeof name !== "string") throw new Malformed();
    return { name, declaration: numbers.range(), at: numbers.range(), probe: numbers.probe() };
  });
  if (!numbers.isAtEnd) throw new Malformed();
  return unpacked;
}

function unpackBranches(numbers: Numbers): BranchCounter[] {
  const branches: BranchCounter[] = [];
  while (!numbers.isAtEnd) {
    const type = branchTypes[numbers.next()];
    if (type === undefined) throw new Malformed();
    const at = numbers.range();
    const arms = numbers.fullList(() => numbers.range());
    branches.push({ type, at, arms, probes: arms.map(() => numbers.probe()) });
  }
  return branches;
}

class Malformed extends Error {}

/** Reads a list of numbers from front to end. */
class Numbers {
  readonly #values: readonly unknown[];
  /** No term may read beyond. */
  readonly #furthest: number;
  #at = 0;

  constructor(values: unknown, furthest: number) {
    if (!Array.isArray(values)) throw new Malformed();
    this.#values = values;
    this.#furthest = furthest;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#values.length;
  }

  next(): number {
    const value = this.#values[this.#at++];
    if (!Number.isSafeInteger(value)) throw new Malformed();
    return value as number;
  }

  /** A list's length: as many numbers must be left. */
  #length(): number {
    const length = this.next();
    if (length < 0 || length > this.#values.length - this.#at) throw new Malformed();
    return length;
  }

  #position(): number {
    const position = this.next();
    if (position < -1 || position >= endOfPositions) throw new Malformed();
    return position;
  }

  range(): FlatRange {
    return [this.#position(), this.#position(), this.#position(), this.#position()];
  }

  term(): number {
    const term = this.next();
    if ((term < 0 ? ~term : term) > this.#furthest) throw new Malformed();
    return term;
  }

  #termOrMark(): number {
    const value = this.#values[this.#at];
    return value === witness || value === atMost ? this.next() : this.term();
  }

  probe(): Probe {
    const length = this.#length();
    // Nearly all have one.
    if (length === 1) return [this.#termOrMark()];
    const terms: number[] = [];
    for (let index = 0; index < length; index++) terms.push(this.#termOrMark());
    return terms;
  }

  /** A list with something in it. */
  fullList<T>(item: () => T): T[] {
    const length = this.#length();
    if (length === 0) throw new Malformed();
    if (length === 1) return [item()];
    const items: T[] = [];
    for (let index = 0; index < length; index++) items.push(item());
    return items;
  }
}

function isModuleLevel(value: unknown): value is ModuleLevel {
  if (!isObject(value)) return false;
  return [value.deferred, value.loops].every((intervals) => intervalsProblem(intervals) === undefined);
}

function isHash(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}
