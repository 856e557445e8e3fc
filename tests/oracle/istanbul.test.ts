/** The oracle: the same events against the same app instrumented by Istanbul, counter by counter. */
import { copyFile, readFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { buildApp } from "../../bench/accuracy/apps.ts";
import { measure } from "../../bench/accuracy/measure.ts";
import { tools } from "../../bench/accuracy/tools.ts";
import { nodeBinary } from "../../src/local/lambda/node-binary.ts";
import { inTemporaryFolder } from "./collected.ts";

const fixtures = path.join(import.meta.dirname, "fixtures");
const only = Object.fromEntries(
  ["ours", "ast-v8-to-istanbul"].map((name) => [name, tools[name] as (typeof tools)[string]]),
);

test.each([22, 24])(
  "every statement and function of the kitchen sink, as often as Istanbul counts, on Node.js %i",
  async (major) => {
    const { path: node } = await nodeBinary(major);
    await inTemporaryFolder(async (folder) => {
      const entry = path.join(folder, "app.cjs");
      await copyFile(path.join(fixtures, "kitchen-sink.cjs"), entry);
      const events = JSON.parse(await readFile(path.join(fixtures, "kitchen-sink.events.json"), "utf8"));
      const result = await measure(
        { name: "kitchen sink", entry, events, minified: false },
        { folder, node, only },
      );
      const { statements, functions, branches } = result.tools.ours ?? {};
      expect(statements).toMatchObject({ total: 142, equal: 142, examples: [] });
      expect(functions).toMatchObject({ total: 33, equal: 33, examples: [] });
      // Default values, for which V8 has no counter.
      expect(branches).toMatchObject({ wronglyCovered: 0, wronglyUncovered: 0, unknown: 3, missing: 0 });
    });
  },
);

test("the example: no statement wrongly covered, and nothing further from Istanbul than without repairs", async () => {
  const { path: node } = await nodeBinary(24);
  await inTemporaryFolder(async (folder) => {
    const { ours, ...others } = (await measure(await buildApp("example", folder), { folder, node, only }))
      .tools;
    const { statements, functions } = ours ?? {};
    expect(statements).toMatchObject({ wronglyCovered: 0, wronglyUncovered: 0, missing: 0 });
    expect((statements?.equal ?? 0) / (statements?.total ?? 1)).toBeGreaterThan(0.999);
    expect(functions?.equal).toBe(functions?.total);
    for (const kind of ["statements", "functions", "branches", "lines"] as const) {
      const theirs = others["ast-v8-to-istanbul"]?.[kind];
      const { total = 0, equal = 0, unknown = 0 } = ours?.[kind] ?? {};
      expect(total - equal - unknown).toBeLessThanOrEqual((theirs?.total ?? 0) - (theirs?.equal ?? 0));
      expect(ours?.[kind]?.wronglyCovered).toBeLessThanOrEqual(theirs?.wronglyCovered ?? Number.NaN);
    }
  });
});
