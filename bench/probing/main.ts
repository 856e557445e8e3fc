/**
 * `npm run bench:probing -- [--rounds 15] [--json] [--check]`: what probing costs when a function is built: CPU time
 * beside acorn's parsing of the same text, in turns in one run, and the copy's size.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { parse } from "acorn";
import type { ModuleKind } from "../../src/contract/probe-manifest.ts";
import { probe } from "../../src/prober/probe.ts";
import { type Bar, isHeld, printBars } from "../bars.ts";
import { describeMachine } from "../machine.ts";
import { median } from "../statistics.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "15" },
    json: { type: "boolean", default: false },
    check: { type: "boolean", default: false },
  },
});

interface Sample {
  package: string;
  file: string;
  kind: ModuleKind;
  /** Copy's length by the original's. */
  mostGrowth: number;
}

/** Readable text grows less than minified, whose statements are short. */
const readable = 1.3;
const minified = 1.6;

const samples: readonly Sample[] = [
  { package: "acorn", file: "dist/acorn.js", kind: "commonjs", mostGrowth: readable },
  { package: "esbuild", file: "lib/main.js", kind: "commonjs", mostGrowth: readable },
  { package: "glob", file: "dist/commonjs/index.min.js", kind: "commonjs", mostGrowth: minified },
  { package: "terser", file: "dist/bundle.min.js", kind: "commonjs", mostGrowth: minified },
];

/** Times acorn's parsing: the prober parses, and then does the rest. */
const mostTime = 2;

/** V8 compiles both while it is warming up. */
const warmUps = 5;

interface Row {
  name: string;
  bytes: number;
  probes: number;
  parseMs: number;
  probeMs: number;
  timeRatio: number;
  growth: number;
}

const machine = describeMachine();
const rows = samples.map((sample) => measure(sample, Number(values.rounds)));

function measure({ package: name, file, kind }: Sample, rounds: number): Row {
  const source = readFileSync(join(folderOf(name), file), "utf8");
  const options = { kind, counters: { slice: 0, by: "function" } } as const;
  const probed = probe(source, options);
  const times: { parse: number; probe: number }[] = [];
  for (let round = -warmUps; round < rounds; round++) {
    const parseMs = cpuMs(() =>
      parse(source, { ecmaVersion: "latest", sourceType: kind, allowHashBang: true }),
    );
    const probeMs = cpuMs(() => probe(source, options));
    if (round >= 0) times.push({ parse: parseMs, probe: probeMs });
  }
  return {
    name: `${name}/${file}`,
    bytes: source.length,
    probes: probed.plan.probes,
    parseMs: median(times.map((time) => time.parse)),
    probeMs: median(times.map((time) => time.probe)),
    timeRatio: median(times.map((time) => time.probe / time.parse)),
    growth: probed.text.length / source.length,
  };
}

function cpuMs(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Packages may not export their package.json. */
function folderOf(name: string): string {
  const main = createRequire(import.meta.url).resolve(name);
  const mark = join("node_modules", name);
  const root = main.slice(0, main.lastIndexOf(mark));
  return root === "" ? dirname(main) : join(root, mark);
}

const bars: Bar[] = rows.flatMap(({ name, timeRatio, growth }, index): Bar[] => [
  {
    name: `${name}: CPU time`,
    value: timeRatio,
    unit: "times acorn's parsing",
    kind: "most",
    limit: mostTime,
  },
  {
    name: `${name}: copy`,
    value: growth,
    unit: "times the original",
    kind: "most",
    limit: (samples[index] as Sample).mostGrowth,
  },
]);

if (values.json) process.stdout.write(`${JSON.stringify({ machine, results: rows, bars }, null, 2)}\n`);
else {
  for (const { name, bytes, probes, parseMs, probeMs } of rows) {
    process.stdout.write(
      `${name}: ${(bytes / 1024).toFixed(0)} KB, ${probes} probes: acorn ${parseMs.toFixed(0)} ms, probing ${probeMs.toFixed(0)} ms\n`,
    );
  }
}
const allHeld = values.json ? bars.every(isHeld) : printBars(bars);
if (values.check && !allHeld) process.exitCode = 1;
