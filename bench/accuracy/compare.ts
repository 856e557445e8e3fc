/** Counters of two coverage maps of the same deployed file, matched by where they begin. */
import type { FileCoverageData, Range } from "istanbul-lib-coverage";
import libCoverage from "istanbul-lib-coverage";

export interface Agreement {
  /** Counters of Istanbul. */
  total: number;
  /** Same hits. */
  equal: number;
  /** Covered in both or in neither. */
  sameCovered: number;
  wronglyCovered: number;
  wronglyUncovered: number;
  /** Istanbul has it, the tool does not. */
  missing: number;
  /** The first few that differ, for people: `line:column istanbul/tool`. */
  examples: string[];
}

export type Kind = "statements" | "functions" | "branches" | "lines";

const listedExamples = 40;

export function compareCoverage(istanbul: FileCoverageData, tool: FileCoverageData): Record<Kind, Agreement> {
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

type Counters = Map<string, number>;

function agree(wanted: Counters, found: Counters): Agreement {
  const agreement: Agreement = {
    total: wanted.size,
    equal: 0,
    sameCovered: 0,
    wronglyCovered: 0,
    wronglyUncovered: 0,
    missing: 0,
    examples: [],
  };
  for (const [place, hits] of wanted) {
    const other = found.get(place);
    if (other === hits) agreement.equal++;
    else if (agreement.examples.length < listedExamples) {
      agreement.examples.push(`${place} ${hits}/${other ?? "-"}`);
    }
    if (other === undefined) agreement.missing++;
    else if (hits > 0 === other > 0) agreement.sameCovered++;
    else if (other > 0) agreement.wronglyCovered++;
    else agreement.wronglyUncovered++;
  }
  return agreement;
}

function statements({ statementMap, s }: FileCoverageData): Counters {
  return numbered(Object.entries(statementMap).map(([id, at]) => [at, s[id] as number]));
}

/** By their bodies: Istanbul and V8's tools name methods and properties by other places. */
function functions({ fnMap, f }: FileCoverageData): Counters {
  return numbered(Object.entries(fnMap).map(([id, { loc }]) => [loc, f[id] as number]));
}

function branches({ branchMap, b }: FileCoverageData): Counters {
  const counters: Counters = new Map();
  for (const [id, { type, loc }] of Object.entries(branchMap)) {
    for (const [arm, hits] of (b[id] as number[]).entries()) {
      counters.set(`${placeOf(loc)} ${type} arm ${arm}`, hits);
    }
  }
  return counters;
}

function lines(file: FileCoverageData): Counters {
  const byLine = libCoverage.createFileCoverage(file).getLineCoverage();
  return new Map(Object.entries(byLine).map(([line, hits]) => [line, hits as number]));
}

/** Several counters may begin at one place: the shorter first. */
function numbered(entries: [Range, number][]): Counters {
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
