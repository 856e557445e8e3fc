/** One app: instrumented by Istanbul and under V8's coverage, the same events both ways. */
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { FileCoverageData } from "istanbul-lib-coverage";
import { createInstrumenter } from "istanbul-lib-instrument";
import { runIstanbul, runV8 } from "../../tests/oracle/collected.ts";
import type { App } from "./apps.ts";
import { type Agreement, compareCoverage, type Kind } from "./compare.ts";
import { besides, type Tool, tools } from "./tools.ts";

export interface AppResult {
  app: string;
  minified: boolean;
  events: number;
  tools: Record<string, Partial<Record<Kind, Agreement>>>;
}

export interface MeasureOptions {
  /** Scratch folder. */
  folder: string;
  /** Path of the Node.js that runs the app. */
  node: string;
  only?: Record<string, Tool>;
}

export async function measure(app: App, { folder, node, only = tools }: MeasureOptions): Promise<AppResult> {
  const istanbul = await instrumented(app, node);
  const run = await runV8(app.entry, app.events, { node });
  if (JSON.stringify(run.results) !== JSON.stringify(istanbul.results)) {
    throw new Error(`${app.name} answers differently when instrumented: nothing to compare`);
  }
  const source = await readFile(app.entry, "utf8");
  const name = path.basename(app.entry);
  const url = run.snapshots.flat().find((script) => script.url.endsWith(name))?.url ?? "";
  const result: AppResult = { app: app.name, minified: app.minified, events: app.events.length, tools: {} };
  for (const [toolName, tool] of Object.entries(only)) {
    const found = await tool({ entry: app.entry, url, source, run, folder, events: app.events, node });
    const compared = compareCoverage(istanbul.coverage, found);
    result.tools[toolName] = toolName === "c8" ? { lines: compared.lines } : compared;
  }
  return result;
}

/** Instruments the deployed file itself, as V8 sees it. */
async function instrumented(app: App, node: string) {
  const source = (await readFile(app.entry, "utf8")).replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n");
  await writeFile(app.entry, source);
  const instrumenter = createInstrumenter({ esModules: /\.mjs$/.test(app.entry), compact: false });
  const target = besides(app.entry, "instrumented");
  await writeFile(target, instrumenter.instrumentSync(source, app.entry));
  const { coverage, results } = await runIstanbul(target, app.events, { node });
  const file = coverage[app.entry];
  if (file === undefined) throw new Error(`Istanbul has no coverage of ${app.entry}`);
  return { coverage: file as FileCoverageData, results };
}
