/**
 * How near each tool comes to Istanbul's instrumentation, on the same events:
 * `npm run bench:accuracy -- [--json] [--check] [--examples] [app…] [--entry file --events file.json] [--node path]`.
 */
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { type Bar, isHeld, printBars } from "../bars.ts";
import { describeMachine } from "../machine.ts";
import { type App, appNames, buildApp, foreignApp } from "./apps.ts";
import type { Kind } from "./compare.ts";
import { type AppResult, measure } from "./measure.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    check: { type: "boolean", default: false },
    examples: { type: "boolean", default: false },
    entry: { type: "string" },
    events: { type: "string" },
    node: { type: "string", default: process.execPath },
  },
});

const kinds: Kind[] = ["statements", "functions", "branches", "lines"];
const folder = await mkdtemp(path.join(tmpdir(), "lc-accuracy-"));
try {
  const results: AppResult[] = [];
  for (const app of await chosenApps()) results.push(await measure(app, { folder, node: values.node }));
  const found = bars(results);
  const allHeld = values.json ? printJson(results, found) : print(results, found);
  if (values.check && !allHeld) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function chosenApps(): Promise<App[]> {
  if (values.entry !== undefined) {
    const events = JSON.parse(await readFile(values.events ?? "", "utf8"));
    return [await foreignApp(values.entry, events, folder)];
  }
  const names = positionals.length > 0 ? positionals : appNames;
  return Promise.all(names.map((name) => buildApp(name, folder)));
}

function percent(part: number, total: number): string {
  return total === 0 ? "-" : ((100 * part) / total).toFixed(2);
}

function printJson(results: AppResult[], found: Bar[]): boolean {
  const node = execFileSync(values.node, ["--version"], { encoding: "utf8" }).trim();
  const judged = found.map((bar) => ({ ...bar, held: isHeld(bar) }));
  const report = {
    machine: describeMachine(),
    appNode: node,
    results: results.map(withoutExamples),
    bars: judged,
  };
  process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  return judged.every(({ held }) => held);
}

function print(results: AppResult[], found: Bar[]): boolean {
  for (const result of results) printApp(result);
  return values.check ? printBars(found) : true;
}

function printApp({ app, events, tools: byTool }: AppResult): void {
  process.stdout.write(`\n${app}: ${events} events\n`);
  for (const kind of kinds) {
    const rows = Object.entries(byTool).flatMap(([name, found]) =>
      found[kind] ? [{ name, ...found[kind] }] : [],
    );
    process.stdout.write(`  ${kind} (Istanbul: ${rows[0]?.total})\n`);
    for (const row of rows) {
      process.stdout.write(
        `    ${row.name.padEnd(20)} equal hits ${percent(row.equal, row.total)} %, covered or not ` +
          `${percent(row.sameCovered, row.total)} %, wrongly covered ${row.wronglyCovered}, ` +
          `wrongly uncovered ${row.wronglyUncovered}, unknown ${row.unknown}, not found ${row.missing}\n`,
      );
      if (values.examples && (row.name === "ours" || row.name === "probes"))
        process.stdout.write(`      ${row.examples.join("\n      ")}\n`);
    }
  }
}

function withoutExamples(result: AppResult): AppResult {
  return JSON.parse(JSON.stringify(result, (key, value) => (key === "examples" ? undefined : value)));
}

/** Probes are exact. Of V8's counters: statements, and no kind further from Istanbul than without our repairs. */
function bars(results: readonly AppResult[]): Bar[] {
  return results.flatMap((result) => [...probeBars(result), ...v8Bars(result)]);
}

function probeBars({ app, tools: { probes } }: AppResult): Bar[] {
  return kinds.flatMap((kind) => {
    const found = probes?.[kind];
    if (found === undefined) return [];
    const name = `${app}, probes: ${kind}`;
    return [
      {
        name: `${name} equal`,
        value: found.equal,
        unit: `of ${found.total}`,
        kind: "least",
        limit: found.total,
      },
      { name: `${name} wrongly covered`, value: found.wronglyCovered, unit: "", kind: "most", limit: 0 },
    ];
  });
}

function v8Bars({ app, minified, tools: byTool }: AppResult): Bar[] {
  const found: Bar[] = [];
  const ours = byTool.ours ?? {};
  const { statements } = ours;
  if (statements !== undefined && !minified) {
    found.push({
      name: `${app}: equal statement hits`,
      value: (100 * statements.equal) / statements.total,
      unit: "%",
      kind: "least",
      limit: 99.97,
    });
  }
  if (statements !== undefined && app === "example") {
    found.push({
      name: `${app}: statements wrongly covered`,
      value: statements.wronglyCovered,
      unit: "",
      kind: "most",
      limit: 0,
    });
  }
  for (const kind of kinds) {
    const [own, other] = [ours[kind], byTool["ast-v8-to-istanbul"]?.[kind]];
    if (own === undefined || other === undefined) continue;
    found.push({
      name: `${app}: ${kind} said otherwise than Istanbul`,
      value: own.total - own.equal - own.unknown,
      unit: `of ${own.total}`,
      kind: "most",
      limit: other.total - other.equal,
    });
  }
  return found;
}
