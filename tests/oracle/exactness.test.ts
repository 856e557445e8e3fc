/**
 * Without repairs the combined result is, byte for byte, what `@bcoe/v8-coverage` and ast-v8-to-istanbul make
 * of the same snapshots: folding by difference arrays and the probe table lose nothing.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";
import type { FileCoverageData } from "istanbul-lib-coverage";
import { expect, test } from "vitest";
import { combine } from "../../src/combine/index.ts";
import { asBucket, deployedScript, inTemporaryFolder, runV8 } from "./collected.ts";
import { MemoryStore } from "./memory-store.ts";
import { astV8ToIstanbul } from "./peers.ts";

const fixtures = path.join(import.meta.dirname, "fixtures");

async function compare(entry: string, events: unknown[], eventsPerSnapshot: number, mapFile?: string) {
  const source = await readFile(entry, "utf8");
  const sourceMap = mapFile === undefined ? undefined : await readFile(mapFile, "utf8");
  const run = await runV8(entry, events, { eventsPerSnapshot });
  const url = run.snapshots[0]?.[0]?.url as string;
  expect(url).toContain(path.basename(entry));
  const script = deployedScript(path.basename(entry), source, sourceMap);
  const store = new MemoryStore(asBucket(run, (from) => (from === url ? script : undefined)));
  const { coverageMap } = await combine({
    store,
    prefix: "coverage/",
    repair: false,
    exclude: [],
    root: path.dirname(entry),
  });
  const map = sourceMap === undefined ? {} : { sourceMap: JSON.parse(sourceMap) };
  const theirs = await astV8ToIstanbul(run.snapshots, { url, source, ...map });
  const root = path.dirname(entry);
  const wanted = Object.values(theirs)
    .map((file) => ("toJSON" in file ? file.toJSON() : file) as FileCoverageData & { meta?: unknown })
    .filter((file) => [file.s, file.f, file.b].some((counters) => Object.keys(counters).length > 0))
    .map(({ path: absolute, meta: _, ...file }) => ({ path: path.relative(root, absolute), ...file }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const ours = coverageMap
    .files()
    .sort()
    .map((file) => coverageMap.fileCoverageFor(file).toJSON() as FileCoverageData);
  expect(ours.map((file) => file.path)).toEqual(wanted.map((file) => file.path.replace(/^(\.\.\/)+/, "")));
  for (const [index, file] of ours.entries()) {
    const { path: _ours, ...counters } = file;
    const { path: _theirs, ...others } = wanted[index] as typeof file;
    expect(JSON.stringify(counters)).toBe(JSON.stringify(others));
  }
  return { run, coverageMap };
}

test.each([1, 2, 5, 100])(
  "a file without source map, a snapshot every %i events",
  async (eventsPerSnapshot) => {
    const events = JSON.parse(await readFile(path.join(fixtures, "kitchen-sink.events.json"), "utf8"));
    const { run } = await compare(path.join(fixtures, "kitchen-sink.cjs"), events, eventsPerSnapshot);
    expect(run.snapshots.length).toBeGreaterThan(0);
  },
);

test.each([{ minify: false }, { minify: true }])("an esbuild bundle with its map, %j", async ({ minify }) => {
  await inTemporaryFolder(async (folder) => {
    const outfile = path.join(folder, "index.cjs");
    await build({
      stdin: {
        contents: await readFile(path.join(fixtures, "bundled.ts"), "utf8"),
        loader: "ts",
        resolveDir: path.resolve(import.meta.dirname, "../.."),
        sourcefile: "bundled.ts",
      },
      bundle: true,
      platform: "node",
      format: "cjs",
      target: "node20",
      minify,
      sourcemap: "external",
      outfile,
    });
    const events = [
      { path: "/orders" },
      { path: "/orders/1" },
      { path: "/nope" },
      { path: "/orders", body: { id: "x" } },
    ];
    await compare(outfile, events, 2, `${outfile}.map`);
  });
});
