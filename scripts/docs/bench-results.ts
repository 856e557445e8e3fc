/** The committed results of the benches, as the benches write them. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Row as CombineRow } from "../../bench/combine/row.ts";
import type { AddedFigures, NodeFigures, PythonFigures } from "../../bench/invoke/figures.ts";
import type { Machine } from "../../bench/machine.ts";
import { root } from "../demo/places.ts";

interface Result<Row> {
  machine: Machine;
  /** Processes that waited for a core when the bench ended; only some benches record it. */
  loadAverage?: number;
  results: Row[];
}

export type InvokeVariant = { name: string; kind: "ours" | "peer"; added: AddedFigures };

interface HotRow {
  runtime: string;
  workload?: string;
  bareMs: number;
  ratio: Record<string, number>;
}

interface WarmRow {
  node: string;
  way: string;
  counters: number;
  windows: number;
  exact: number;
  missing: number;
  wrong: number;
  lost: number;
}

interface CombineResult {
  machine: Machine;
  /** What the datasets are made of. */
  datasetDocs: Record<string, string>;
  datasets: { app: string; snapshots: number; distinct: number }[];
  rows: CombineRow[];
}

interface AccuracyRow {
  app: string;
  events: number;
  tools: Record<string, { statements?: { total: number; equal: number; wronglyCovered: number } }>;
}

const folder = join(root, "bench/results");

function read<Content>(name: string): Content | undefined {
  const file = join(folder, name);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Content) : undefined;
}

function named(start: string): string[] {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names.filter((name) => name.startsWith(start) && name.endsWith(".json")).sort();
}

export const invokeNode = () => read<Result<NodeFigures>>("invoke.json");
export const invokePython = () => read<Result<PythonFigures>>("invoke-python.json");
export const hot = () => read<Result<HotRow>>("hot.json");
export const warm = () => read<Result<WarmRow>>("warm.json");
/** One result, in one or more files. */
export const combines = () => named("combine").flatMap((name) => read<CombineResult>(name) ?? []);
export const accuracies = () =>
  named("accuracy").flatMap((name) => read<Result<AccuracyRow> & { appNode: string }>(name) ?? []);

/** The variants that a row of either bench holds against the bare function. */
export function variantsOf(row: NodeFigures | PythonFigures): InvokeVariant[] {
  if (!("layer" in row)) {
    const name = row.collector === undefined ? "layer" : `layer, ${row.collector}`;
    return [{ name, kind: "ours", added: row }];
  }
  return [
    { name: "layer", kind: "ours", added: row.layer },
    { name: "decorator", kind: "peer", added: row.specDecorator },
  ];
}

export function sourceOf({ machine, ...found }: { machine: Machine; loadAverage?: number }): string {
  const loadAverage = found.loadAverage ?? machine.loadAverage;
  const load = loadAverage === undefined ? "" : `, load average ${loadAverage.toFixed(1)}`;
  return `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, Linux ${machine.kernel}, bench on Node.js ${machine.node.slice(1)}, ${machine.date}${load}`;
}

/** More processes than cores: what such a run says of tenths of a millisecond is not to be trusted. */
export function wasBusy({ machine, ...found }: { machine: Machine; loadAverage?: number }): boolean {
  const loadAverage = found.loadAverage ?? machine.loadAverage;
  return loadAverage !== undefined && loadAverage > machine.cores;
}
