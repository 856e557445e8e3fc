/** Probed copies through combine: every counter as Istanbul has it, through source maps, beside V8, in windows. */
import { copyFile, readFile } from "node:fs/promises";
import path from "node:path";
import type { FileCoverageData, Range } from "istanbul-lib-coverage";
import { expect, test } from "vitest";
import { measure } from "../../bench/accuracy/measure.ts";
import { tools } from "../../bench/accuracy/tools.ts";
import { type CombineResult, combine } from "../../src/combine/index.ts";
import { nodeBinary } from "../../src/local/lambda/node-binary.ts";
import { asBucket, inTemporaryFolder, runV8 } from "./collected.ts";
import { MemoryStore } from "./memory-store.ts";
import { probedBucket, readScript, runProbedFolder } from "./probed.ts";
import { producers } from "./producers.ts";

const fixtures = path.join(import.meta.dirname, "fixtures");
const only = { probes: tools.probes as (typeof tools)[string] };

test.each([22, 24])("every counter of the kitchen sink as Istanbul has it, on Node.js %i", async (major) => {
  const { path: node } = await nodeBinary(major);
  await inTemporaryFolder(async (folder) => {
    const entry = path.join(folder, "app.cjs");
    await copyFile(path.join(fixtures, "kitchen-sink.cjs"), entry);
    const events = JSON.parse(await readFile(path.join(fixtures, "kitchen-sink.events.json"), "utf8"));
    const app = { name: "kitchen sink", entry, events, minified: false };
    expectEqual((await measure(app, { folder, node, only })).tools.probes);
  });
});

function expectEqual(agreements: Awaited<ReturnType<typeof measure>>["tools"][string] | undefined): void {
  for (const kind of ["statements", "functions", "branches", "lines"] as const) {
    const { total, equal, examples } = agreements?.[kind] ?? {};
    expect([kind, equal, examples]).toEqual([kind, total, []]);
    expect(total).toBeGreaterThan(0);
  }
}

const shopEvents = [
  {},
  {
    basket: {
      items: [
        { cents: 100, count: 2 },
        { cents: 5, count: 1 },
      ],
    },
  },
];

test.each(Object.keys(producers))(
  "built by %s: the same counters in the same original places as V8's, and the sum of both together",
  async (producer) => {
    await inTemporaryFolder(async (folder) => {
      const built = await (producers[producer] as (folder: string) => ReturnType<(typeof producers)[string]>)(
        folder,
      );
      const root = path.dirname(built.entry);
      const scripts = await Promise.all(
        built.files.map((file) => readScript(root, path.relative(root, file))),
      );
      const run = await runV8(built.entry, shopEvents);
      const byV8 = asBucket(run, (url) => scripts.find((script) => url.endsWith(`/dist/${script.path}`)));
      const probed = await runProbedFolder(root, { entry: "index.js", scripts }, shopEvents);
      expect(probed.results).toEqual(run.results);
      const byProbes = probedBucket(probed);
      const results = [];
      for (const objects of [byV8, byProbes, new Map([...byV8, ...byProbes])]) {
        results.push(await combine({ store: new MemoryStore(objects), prefix: "coverage/", root: folder }));
      }
      const [v8, probes, both] = results as [CombineResult, CombineResult, CombineResult];
      const told = (result: CombineResult) =>
        new Map([...counters(result)].filter(([place]) => producer !== "swc" || !exportGetters.test(place)));
      expect(told(probes)).toEqual(told(v8));
      expect(told(both)).toEqual(new Map([...told(v8)].map(([place, hits]) => [place, 2 * hits])));
      expect([...probes.sources]).toEqual([...v8.sources]);
      expect([...both.files.values()].map(({ collectors }) => collectors)).toEqual(
        both.coverageMap.files().map(() => ["probes", "v8"]),
      );
    });
  },
);

/** swc maps its getters of exports to the names of what they export. Node.js reads their text: no probe stands in them. */
const exportGetters = /^statement src\/(index\.ts 8:22|lib\/prices\.ts 5:16)/;

/** By kind, file, name and place. */
function counters({ coverageMap }: CombineResult): Map<string, number> {
  const found = new Map<string, number>();
  for (const file of coverageMap.files()) {
    const data = coverageMap.fileCoverageFor(file).data as FileCoverageData;
    for (const [id, at] of Object.entries(data.statementMap))
      found.set(`statement ${file} ${placeOf(at)}`, data.s[id] as number);
    for (const [id, { name, decl, loc }] of Object.entries(data.fnMap))
      found.set(`function ${file} ${name} ${placeOf(decl)} ${placeOf(loc)}`, data.f[id] as number);
    for (const [id, { type, locations }] of Object.entries(data.branchMap)) {
      for (const [arm, hits] of (data.b[id] as number[]).entries())
        found.set(`${type} ${file} ${locations.map(placeOf)} arm ${arm}`, hits);
    }
  }
  return found;
}

function placeOf({ start, end }: Range): string {
  return `${start.line}:${start.column}-${end.line}:${end.column}`;
}
