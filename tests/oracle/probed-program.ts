/** A program bare, probed and instrumented by Istanbul: what differs. */
import type { FileCoverageData } from "istanbul-lib-coverage";
import { createInstrumenter } from "istanbul-lib-instrument";
import { probe } from "../../src/prober/probe.ts";
import { plannedCoverage } from "./planned-coverage.ts";
import { runProgram } from "./program-run.ts";

/** In the order in which it is printed; undefined: nothing differs. */
export type Difference = { kind: "behaviour" | "counts"; details: string } | undefined;

export async function compareProgram(source: string, isModule: boolean): Promise<Difference> {
  const path = "/program.js";
  const bare = await runProgram(source, isModule);
  const probed = probe(source, {
    kind: isModule ? "module" : "commonjs",
    counters: { slice: 0, by: "function" },
  });
  const counts = new Uint32Array(probed.plan.probes);
  const copy = await runProgram(probed.text, isModule, counts);
  const behaviour = firstDifference(bare.log, copy.log);
  if (behaviour !== undefined) return { kind: "behaviour", details: `${behaviour}\n${probed.text}` };

  const wanted = await istanbulCoverage(source, path, isModule, bare.log);
  if (wanted === undefined) return undefined;
  const found = plannedCoverage(probed.plan, counts, { source, path });
  const details = firstDifference(flat(wanted), flat(found));
  return details === undefined ? undefined : { kind: "counts", details };
}

/** Undefined where Istanbul's own copy behaves differently: function names are lost in it. */
async function istanbulCoverage(
  source: string,
  path: string,
  isModule: boolean,
  log: readonly string[],
): Promise<FileCoverageData | undefined> {
  const instrumenter = createInstrumenter({
    esModules: isModule,
    autoWrap: true,
    parserPlugins: ["explicitResourceManagement"],
  });
  const text = instrumenter.instrumentSync(source, path);
  const { log: instrumentedLog } = await runProgram(text, isModule);
  const all = (globalThis as { __coverage__?: Record<string, FileCoverageData> }).__coverage__ ?? {};
  const coverage = all[path];
  delete all[path];
  return firstDifference(log, instrumentedLog) === undefined ? coverage : undefined;
}

type Place = { start: { line: number; column: number }; end: { line: number; column: number } };

/** Every counter with its place, name and hits, in order. */
export function flat(file: FileCoverageData): string[] {
  const place = ({ start, end }: Place) => `${start.line}:${start.column}-${end.line}:${end.column}`;
  return [
    ...Object.entries(file.statementMap).map(([id, at]) => `statement ${place(at as Place)} ${file.s[id]}`),
    ...Object.entries(file.fnMap).map(
      ([id, { name, decl, loc }]) =>
        `function ${name} ${place(decl as Place)} ${place(loc as Place)} ${file.f[id]}`,
    ),
    ...Object.entries(file.branchMap).map(
      ([id, { type, loc, locations }]) =>
        `branch ${type} ${place(loc as Place)} ${locations.map((at) => place(at as Place))} ${file.b[id]}`,
    ),
  ];
}

function firstDifference(wanted: readonly string[], found: readonly string[]): string | undefined {
  const at = wanted.findIndex((line, index) => line !== found[index]);
  if (at < 0)
    return wanted.length === found.length ? undefined : `${found.length} lines instead of ${wanted.length}`;
  return `wanted ${wanted[at]}\n found ${found[at]}`;
}
