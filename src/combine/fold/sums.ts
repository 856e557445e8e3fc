/** Partial sums: written, read, and placed beside what was counted already. */
import { gzipSync } from "node:zlib";
import { coverageFormat, type InitReference } from "../../contract/coverage-file.ts";
import type {
  CoverageSum,
  EnvironmentSum,
  FunctionSum,
  ProbesScriptSum,
  ScriptSum,
  V8ScriptSum,
} from "../../contract/coverage-sum.ts";
import { forEachRange, type PackedRanges } from "../../contract/ranges.ts";
import type { Gathered } from "../read/gather.ts";
import type { Environments } from "./environments.ts";
import {
  addInvocationCounts,
  type FunctionScripts,
  type GatheredScript,
  probesOf,
} from "./function-scripts.ts";
import { holds, overlapOf, sizeOf } from "./intervals.ts";
import type { RangeSums } from "./range-sums.ts";
import type { ScriptCounts } from "./script-counts.ts";

export interface SumPlacement {
  key: string;
  sum: CoverageSum;
}

/** Everything gathered as one sum. */
export function writeSum(gathered: Gathered): CoverageSum {
  const environments: EnvironmentSum[] = [];
  for (const [id, { functionName, held, lost, exact, inits }] of gathered.environments.entries()) {
    const records = [...(lost ?? [])].map(([sequence, reason]) => ({ sequence, reason }));
    environments.push({
      id,
      function: functionName,
      sequences: held,
      ...(records.length > 0 ? { lost: records } : {}),
      ...(exact === undefined ? {} : { exact }),
      ...(inits === undefined ? {} : { inits: [...inits] }),
    });
  }
  const functions = [...gathered.functions.values()].map(writeFunction);
  const { keys } = gathered.environments.inits;
  return {
    format: coverageFormat,
    sum: 1,
    files: gathered.filesProcessed,
    functions,
    environments,
    ...(keys.length > 0 ? { inits: [...keys] } : {}),
  };
}

export function encodeSum(sum: CoverageSum): Uint8Array {
  return gzipSync(JSON.stringify(sum));
}

function writeFunction(from: FunctionScripts): FunctionSum {
  return {
    name: from.name,
    versions: [...from.versions].sort(),
    runtimes: [...from.runtimes].sort(),
    files: from.filesProcessed,
    ...(from.lastSeenMs > 0 ? { firstSeenMs: from.firstSeenMs, lastSeenMs: from.lastSeenMs } : {}),
    invocations: from.invocations,
    ...(from.include === undefined ? {} : { include: from.include }),
    ...(from.exclude === undefined ? {} : { exclude: from.exclude }),
    scripts: [...from.scripts.values()].flatMap(writeScript),
  };
}

/** What only an init mentions is told by the init, whoever reads the sum. */
function writeScript(from: GatheredScript): ScriptSum[] {
  const { path, script, unmapped, lastSeenMs } = from;
  const base = { path, script: script ?? null, ...(unmapped === undefined ? {} : { unmapped }), lastSeenMs };
  if (from.language === "python") {
    const { lines, isLate } = from.python;
    const sorted = [...lines].sort((a, b) => a - b);
    const late = isLate ? { late: true } : {};
    return [{ kind: "python", ...base, lines: sorted, arcs: from.python.arcs().flat(), ...late }];
  }
  const probed = [...from.probes].flatMap(([plan, { isInFiles, sums }]): ProbesScriptSum[] =>
    isInFiles ? [{ kind: "probes", ...base, plan, counts: sums.pack() }] : [],
  );
  return from.v8.snapshots > 0 ? [writeV8(base, from.v8), ...probed] : probed;
}

function writeV8(base: Pick<ScriptSum, "path" | "script" | "lastSeenMs">, counts: ScriptCounts): V8ScriptSum {
  const v8 = counts.flush();
  const detached = [...v8.detached.values()].flatMap(({ start, end, count, delta }) => [
    start,
    end - start,
    count,
    delta,
  ]);
  const twins = [...v8.twins.values()].flatMap(({ start, end, difference }) => [
    start,
    end - start,
    difference,
  ]);
  return {
    kind: "v8",
    ...base,
    snapshots: v8.snapshots,
    ranges: packStretches(v8.known),
    ...(v8.blind.isEmpty ? {} : { blind: packStretches(v8.blind) }),
    ...(v8.lateKnown.isEmpty ? {} : { lateKnown: packStretches(v8.lateKnown) }),
    ...(detached.length > 0 ? { detached } : {}),
    ...(twins.length > 0 ? { twins } : {}),
    ...(v8.reasons.size > 0 ? { reasons: [...v8.reasons].sort() } : {}),
  };
}

function packStretches(sums: RangeSums): PackedRanges {
  const packed: number[] = [];
  let previous = 0;
  sums
    .offsets()
    .steps()
    .forEachStretch((start, end, value) => {
      packed.push(start - previous, end - start, value);
      previous = start;
    });
  return packed;
}

/** Where a sum stands to what was counted; where it holds some of it and more, in words. */
export type SumPlace = "disjoint" | "contained" | { overlap: string };

export function placeSum(
  placement: SumPlacement,
  counted: Environments,
  sums: readonly SumPlacement[],
): SumPlace {
  let held = 0;
  let fresh = 0;
  let shared: string | undefined;
  for (const { id, sequences } of placement.sum.environments) {
    const known = counted.sequences(id);
    const overlap = overlapOf(sequences, known);
    held += overlap;
    fresh += sizeOf(sequences) - overlap;
    if (overlap > 0) shared ??= id;
  }
  if (held === 0) return "disjoint";
  if (fresh === 0) return "contained";
  const other = sums.find(({ sum }) => sharesSequences(placement.sum, sum));
  return {
    overlap:
      `the partial sum overlaps ${other?.key ?? "coverage files counted before"}: ` +
      `both hold ${held} of the same files (environment ${shared}), the sum ${fresh} more`,
  };
}

function sharesSequences(a: CoverageSum, b: CoverageSum): boolean {
  const own = new Map(a.environments.map(({ id, sequences }) => [id, sequences]));
  return b.environments.some(({ id, sequences }) => overlapOf(own.get(id) ?? [], sequences) > 0);
}

/** Adds a sum that is disjoint from what was counted. */
export function addSum(sum: CoverageSum, gathered: Gathered): void {
  gathered.filesProcessed += sum.files;
  for (const environment of sum.environments) addEnvironment(gathered.environments, environment, sum.inits);
  for (const from of sum.functions) addFunction(gathered.function(from.name), from);
}

function addEnvironment(into: Environments, from: EnvironmentSum, initKeys: readonly string[] = []): void {
  const { id, function: name, sequences, lost = [], exact = [], inits = [] } = from;
  for (let at = 0; at < sequences.length; at += 2) {
    into.add(id, name, sequences[at] as number, sequences[at + 1] as number);
  }
  for (const { sequence, reason } of lost) {
    if (holds(sequences, sequence)) into.addLost(id, name, sequence, reason);
  }
  for (let at = 0; at < exact.length; at += 2) {
    into.addExact(id, name, exact[at] as number, exact[at + 1] as number);
  }
  const references: InitReference[] = [];
  for (let at = 0; at < inits.length; at += 2) {
    references.push({ init: initKeys[inits[at] as number] as string, sequence: inits[at + 1] as number });
  }
  if (references.length > 0) into.addInits(id, name, references);
}

function addFunction(into: FunctionScripts, from: FunctionSum): void {
  into.filesProcessed += from.files;
  for (const version of from.versions) into.versions.add(version);
  for (const runtime of from.runtimes) into.runtimes.add(runtime);
  addInvocationCounts(into.invocations, from.invocations);
  into.seen(from.firstSeenMs, from.lastSeenMs, from);
  for (const script of from.scripts) {
    const gathered = into.script(script, script.lastSeenMs);
    if (script.kind === "v8") addV8(gathered.v8, script);
    else if (script.kind === "probes") probesOf(gathered, script.plan).add(script.counts);
    else gathered.python.add(script, script.late === true);
  }
}

function addV8(into: ScriptCounts, from: V8ScriptSum): void {
  into.snapshots += from.snapshots;
  for (const reason of from.reasons ?? []) into.reasons.add(reason);
  addStretches(into.known, from.ranges);
  addStretches(into.blind, from.blind ?? []);
  addStretches(into.lateKnown, from.lateKnown ?? []);
  const detached = from.detached ?? [];
  for (let at = 0; at < detached.length; at += 4) {
    const [start, length, count, delta] = detached.slice(at, at + 4) as [number, number, number, number];
    into.addDetached(start, start + length, count, delta);
  }
  const twins = from.twins ?? [];
  for (let at = 0; at < twins.length; at += 3) {
    const [start, length, difference] = twins.slice(at, at + 3) as [number, number, number];
    into.addTwin(start, start + length, difference);
  }
}

function addStretches(into: RangeSums, packed: PackedRanges): void {
  forEachRange(packed, (start, end, value) => into.add(start, end, value));
}
