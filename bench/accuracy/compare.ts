/** Counters of two coverage maps of the same deployed file, matched by where they begin. */
import type { FileCoverageData, Range } from "istanbul-lib-coverage";
import libCoverage from "istanbul-lib-coverage";
import type { UnknownCode } from "../../src/combine/result.ts";

/** What a tool found, and what it says that it does not know. */
export interface FoundCoverage extends FileCoverageData {
  unknown?: UnknownCode | undefined;
}

export interface Agreement {
  /** Counters of Istanbul. */
  total: number;
  /** Same hits. */
  equal: number;
  /** Covered in both or in neither. */
  sameCovered: number;
  wronglyCovered: number;
  wronglyUncovered: number;
  /** The tool says that it does not know: neither equal nor wrong. */
  unknown: number;
  /** Istanbul has it, the tool does not. */
  missing: number;
  /** The first few that differ, for people: `line:column istanbul/tool`. */
  examples: string[];
}

export type Kind = "statements" | "functions" | "branches" | "lines";

const listedExamples = 40;

export function compareCoverage(istanbul: FileCoverageData, tool: FoundCoverage): Record<Kind, Agreement> {
  return {
    statements: agree(statements(istanbul), statements(tool)),
    functions: agree(functions(istanbul), functions(tool)),
    branches: agree(branches(istanbul), branches(tool)),
    lines: agree(lines(istanbul), lines(tool)),
  };
}

/** Lines that hold a statement's start; c8 knows nothing but lines. */
export function compareLines(istanbul: FileCoverageData, tool: FileCoverageData): Agreement {
  return agree(lines(istanbul), lines(tool));
}

/** undefined: unknown. */
type Counters = Map<string, number | undefined>;

function agree(wanted: Counters, found: Counters): Agreement {
  const agreement: Agreement = {
    total: wanted.size,
    equal: 0,
    sameCovered: 0,
    wronglyCovered: 0,
    wronglyUncovered: 0,
    unknown: 0,
    missing: 0,
    examples: [],
  };
  for (const [place, hits = 0] of wanted) {
    const other = found.get(place);
    if (other === hits) agreement.equal++;
    else if (agreement.examples.length < listedExamples) {
      agreement.examples.push(`${place} ${hits}/${other ?? (found.has(place) ? "?" : "-")}`);
    }
    if (other === undefined) agreement[found.has(place) ? "unknown" : "missing"]++;
    else if (hits > 0 === other > 0) agreement.sameCovered++;
    else if (other > 0) agreement.wronglyCovered++;
    else agreement.wronglyUncovered++;
  }
  return agreement;
}

function statements({ statementMap, s, unknown }: FoundCoverage): Counters {
  const known: Entry[] = Object.entries(statementMap).map(([id, at]) => [at, s[id]]);
  return numbered([...known, ...(unknown?.statements ?? []).map((at): Entry => [at, undefined])]);
}

/** By their bodies: Istanbul and V8's tools name methods and properties by other places. */
function functions({ fnMap, f, unknown }: FoundCoverage): Counters {
  const known: Entry[] = Object.entries(fnMap).map(([id, { loc }]) => [loc, f[id]]);
  return numbered([...known, ...(unknown?.functions ?? []).map(({ loc }): Entry => [loc, undefined])]);
}

function branches({ branchMap, b, unknown }: FoundCoverage): Counters {
  const counters: Counters = new Map();
  for (const { type, loc } of unknown?.branches ?? []) {
    for (let arm = 0; arm < mostArms; arm++) counters.set(`${placeOf(loc)} ${type} arm ${arm}`, undefined);
  }
  for (const [id, { type, loc }] of Object.entries(branchMap)) {
    for (const [arm, hits] of (b[id] as number[]).entries()) {
      counters.set(`${placeOf(loc)} ${type} arm ${arm}`, hits);
    }
  }
  return counters;
}

/** Unknown branches are listed without their arms. */
const mostArms = 64;

function lines(file: FileCoverageData): Counters {
  const byLine = libCoverage.createFileCoverage(file).getLineCoverage();
  return new Map(Object.entries(byLine).map(([line, hits]) => [line, hits as number]));
}

type Entry = [Range, number | undefined];

/** Several counters may begin at one place: the shorter first. */
function numbered(entries: Entry[]): Counters {
  const counters: Counters = new Map();
  const inner = (range: Range) => range.end.line * 1e6 + Math.min(range.end.column ?? 1e6, 1e6 - 1);
  for (const [range, hits] of entries.sort(([a], [b]) => inner(a) - inner(b))) {
    const place = placeOf(range);
    let key = place;
    for (let n = 2; counters.has(key); n++) key = `${place}#${n}`;
    counters.set(key, hits);
  }
  return counters;
}

function placeOf({ start }: Range): string {
  return `${start.line}:${start.column}`;
}
