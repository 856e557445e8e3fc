/** Istanbul's instrumenter as the oracle of the prober: every counter, its place, name, type, order and hits. */
import { copyFile, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { FileCoverageData } from "istanbul-lib-coverage";
import { createInstrumenter } from "istanbul-lib-instrument";
import { describe, expect, test } from "vitest";
import { nodeBinary } from "../../src/local/lambda/node-binary.ts";
import { probe } from "../../src/prober/probe.ts";
import { inTemporaryFolder, runIstanbul, runProbed } from "./collected.ts";
import { seeded } from "./mutations.ts";
import { plannedCoverage } from "./planned-coverage.ts";
import { compareProgram, flat } from "./probed-program.ts";
import { randomProgram } from "./random-program.ts";

const fixtures = path.join(import.meta.dirname, "fixtures");
const probedFixtures = path.join(fixtures, "probed");

async function bothWays(file: string, events: unknown[]) {
  const { path: node } = await nodeBinary(24);
  return inTemporaryFolder(async (folder) => {
    const source = await readFile(file, "utf8");
    const extension = path.extname(file);
    const isModule = extension === ".mjs";
    const entry = path.join(folder, `original${extension}`);
    await copyFile(file, entry);
    const instrumenter = createInstrumenter({
      esModules: isModule,
      parserPlugins: ["explicitResourceManagement", "topLevelAwait"],
    });
    const instrumented = path.join(folder, `instrumented${extension}`);
    await writeFile(instrumented, instrumenter.instrumentSync(source, entry));
    const { text, plan, leftOut } = probe(source, {
      kind: isModule ? "module" : "commonjs",
      counters: { slice: 0, by: "function" },
    });
    const copy = path.join(folder, `copy${extension}`);
    await writeFile(copy, text);
    const istanbul = await runIstanbul(instrumented, events, { node });
    const bare = await runIstanbul(entry, events, { node });
    const probed = await runProbed(copy, events, { node, probes: [plan.probes] });
    const wanted = (istanbul.coverage as unknown as Record<string, FileCoverageData>)[
      entry
    ] as FileCoverageData;
    return {
      wanted: flat(wanted),
      found: flat(plannedCoverage(plan, probed.moments.at(-1)?.[0] ?? [], { source, path: entry })),
      bareResults: bare.results,
      results: probed.results,
      leftOut,
    };
  });
}

test("the kitchen sink, counter by counter", async () => {
  const events = JSON.parse(await readFile(path.join(fixtures, "kitchen-sink.events.json"), "utf8"));
  const { wanted, found, results, bareResults } = await bothWays(
    path.join(fixtures, "kitchen-sink.cjs"),
    events,
  );
  expect(found).toEqual(wanted);
  expect(results).toEqual(bareResults);
});

describe("a fixture for each construct", async () => {
  test.each(await readdir(probedFixtures))("%s", async (name) => {
    const { wanted, found, results, bareResults, leftOut } = await bothWays(
      path.join(probedFixtures, name),
      [0, 1, 2],
    );
    expect(found).toEqual(wanted);
    expect(results).toEqual(bareResults);
    expect(results).not.toContainEqual(expect.objectContaining({ error: expect.anything() }));
    expect(leftOut).toEqual([]);
  });
});

test("random programs: `npm run fuzz:prober` has more of them", async () => {
  for (let seed = 1; seed <= 12; seed++) {
    const isModule = seed % 3 === 0;
    const source = randomProgram(seeded(seed), { withUsing: false, isModule });
    expect(await compareProgram(source, isModule), `seed ${seed}`).toBeUndefined();
  }
});
