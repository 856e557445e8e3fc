/** Files and sums add up: in any order, in any grouping, however often they are repeated. */
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type CombineResult, combine, combineToSum } from "../../src/combine/index.ts";
import { scriptObject } from "./collected.ts";
import { MemoryStore } from "./memory-store.ts";
import {
  coverageFiles,
  initEntries,
  type KeyedFile,
  probed,
  script,
  scriptKey,
} from "./random-coverage.fixture.ts";

const scriptEntries = [
  [scriptKey, scriptObject(script)],
  [probed.planKey, gzipSync(JSON.stringify(probed.plan))],
] as const;

function storeOf(files: readonly KeyedFile[], more: [string, Uint8Array][] = []): MemoryStore {
  return new MemoryStore([
    ...scriptEntries,
    ...initEntries,
    ...files.map(({ key, file }) => [key, gzipSync(JSON.stringify(file))] as const),
    ...more,
  ]);
}

/** All that a report shows, without how it was read. */
function figures(result: CombineResult) {
  const { coverageMap, filesProcessed, invocations, environments, unknown, period, atLoad, inits } = result;
  const functions = [...result.functions.values()].map(({ coverageMap: own, ...rest }) => ({
    ...rest,
    own: own?.toJSON(),
  }));
  return JSON.parse(
    JSON.stringify({
      coverage: coverageMap.toJSON(),
      filesProcessed,
      invocations,
      environments,
      unknown: [...unknown],
      atLoad: [...atLoad],
      inits,
      period,
      functions,
    }),
  );
}

/** Random counts may leave nothing that is known: then every way must say so. */
async function outcome(
  store: MemoryStore,
  options: { concurrency?: number; keys?: string[]; sums?: string[] } = {},
) {
  try {
    return figures(
      await combine({ store, prefix: "coverage/", by: "function", storeMappings: false, ...options }),
    );
  } catch (error) {
    return (error as { code: string }).code;
  }
}

test("any order, any concurrency, files repeated under other keys", async () => {
  await fc.assert(
    fc.asyncProperty(coverageFiles, fc.infiniteStream(fc.nat()), async (files, random) => {
      const wanted = await outcome(storeOf(files));
      const shuffled = files.map(({ key }) => ({ key, at: random.next().value })).sort((a, b) => a.at - b.at);
      const repeats = files.map(({ key, file }) => ({
        key: key.replace("coverage/", "coverage/copy/"),
        file,
      }));
      const store = storeOf([...files, ...repeats]);
      const keys = [...shuffled.map(({ key }) => key), ...repeats.map(({ key }) => key)];
      expect(await outcome(store, { keys, concurrency: 1 + (random.next().value % 8) })).toEqual(wanted);
    }),
    { numRuns: 60 },
  );
});

test("any grouping: partial sums, written and read back, equal the files", async () => {
  await fc.assert(
    fc.asyncProperty(
      coverageFiles,
      fc.array(fc.nat({ max: 2 }), { minLength: 20, maxLength: 20 }),
      async (files, groups) => {
        const wanted = await outcome(storeOf(files));
        const sums: [string, Uint8Array][] = [];
        for (const group of [0, 1]) {
          const keys = files.filter((_, index) => groups[index] === group).map(({ key }) => key);
          const { sum } = await combineToSum({ store: storeOf(files), prefix: "", keys });
          sums.push([`coverage/sums/${group}.coverage`, sum]);
        }
        // The files that the sums hold lie beside them, too: they are not counted twice.
        expect(await outcome(storeOf(files, sums))).toEqual(wanted);
        const rest = files.filter((_, index) => groups[index] === 2);
        expect(await outcome(storeOf(rest, sums))).toEqual(wanted);
      },
    ),
    { numRuns: 60 },
  );
});

test("a sum inside another is not counted twice; of sums that overlap one is skipped by name, or refused when strict", async () => {
  await fc.assert(
    fc.asyncProperty(
      coverageFiles.filter((files) => files.length >= 3),
      async (files) => {
        const keys = files.map(({ key }) => key);
        const sumOf = async (part: string[]) =>
          (await combineToSum({ store: storeOf(files), prefix: "", keys: part })).sum;
        const all = await sumOf(keys);
        const inner = await sumOf(keys.slice(1));
        const contained = storeOf(
          [],
          [
            ["coverage/sums/a.coverage", inner],
            ["coverage/sums/b.coverage", all],
          ],
        );
        expect(await outcome(contained)).toEqual(await outcome(storeOf(files)));

        const overlapping = storeOf(
          [],
          [
            ["coverage/sums/left.coverage", await sumOf(keys.slice(1))],
            ["coverage/sums/right.coverage", await sumOf(keys.slice(0, -1))],
          ],
        );
        const { gathered } = await combineToSum({ store: overlapping, prefix: "coverage/" });
        expect(gathered.filesProcessed).toBe(keys.length - 1);
        const [skipped] = gathered.skipped;
        const other = skipped?.key.includes("left") ? "right" : "left";
        expect(gathered.skipped).toEqual([
          expect.objectContaining({
            reason: "overlapping",
            detail: expect.stringContaining(`coverage/sums/${other}.coverage`),
          }),
        ]);
        const strict = combineToSum({ store: overlapping, prefix: "coverage/", strict: true });
        await expect(strict).rejects.toMatchObject({ code: "SkippedFile" });
      },
    ),
    { numRuns: 30 },
  );
});

test("a hole between two files and a lost record are losses; a missing start is not", async () => {
  const [first] = fc.sample(coverageFiles, { numRuns: 1, seed: 3 }) as [KeyedFile[]];
  const { file, key } = first[0] as KeyedFile;
  const at = (sequence: number, more = {}) => ({
    key: `${key}${sequence}.coverage`,
    file: { ...file, ...more, environment: { id: "e", sequence } },
  });
  const store = storeOf([at(4), at(7), at(8, { lost: { reason: "killed" }, scripts: [] }), at(9)]);
  const { sum } = await combineToSum({ store, prefix: "coverage/" });
  for (const from of [store, storeOf([], [["coverage/sums/s.coverage", sum]])]) {
    const { gathered } = await combineToSum({ store: from, prefix: "coverage/" });
    expect(gathered.environments.summary()).toEqual({
      count: 1,
      withLosses: 1,
      losses: [
        {
          environmentId: "e",
          functionName: file.function.name,
          missingSequences: [5, 6],
          lostRecords: [{ sequence: 8, reason: "killed" }],
        },
      ],
    });
  }
});
