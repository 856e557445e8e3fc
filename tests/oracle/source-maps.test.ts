/** Whatever built the deployed code, the report speaks of the sources: their paths, their lines. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect, test, vi } from "vitest";
import { type CombineOptions, combine } from "../../src/combine/index.ts";
import { mappingsPrefix } from "../../src/contract/object-keys.ts";
import { asBucket, type DeployedScript, deployedScript, inTemporaryFolder, runV8 } from "./collected.ts";
import { MemoryStore } from "./memory-store.ts";
import { type Built, producers } from "./producers.ts";

const events = [
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

/** Lines of the shop that hold statements: which ran, and how often. */
const wanted = {
  "src/index.ts": { 9: 2, 10: 0, 12: 2, 13: 2 },
  "src/lib/prices.ts": { 6: 2, 7: 2, 8: 2, 10: 2, 14: 0, 15: 0 },
};

async function deployed(built: Built, edit: (map: RawMap) => unknown): Promise<Map<string, DeployedScript>> {
  const root = path.dirname(built.entry);
  const scripts = new Map<string, DeployedScript>();
  for (const file of built.files) {
    const map = existsSync(`${file}.map`)
      ? edit(JSON.parse(await readFile(`${file}.map`, "utf8")))
      : undefined;
    const text = map === undefined ? undefined : JSON.stringify(map);
    scripts.set(file, deployedScript(path.relative(root, file), await readFile(file, "utf8"), text));
  }
  return scripts;
}

interface RawMap {
  sources: string[];
  sourcesContent?: string[];
  sourceRoot?: string;
  mappings: string;
}

async function combined(
  producer: string,
  edit: (map: RawMap) => unknown = (map) => map,
  options: (folder: string) => Partial<CombineOptions> = () => ({}),
) {
  return inTemporaryFolder(async (folder) => {
    const built = await (producers[producer] as (folder: string) => Promise<Built>)(folder);
    const scripts = await deployed(built, edit);
    const run = await runV8(built.entry, events);
    const store = new MemoryStore(asBucket(run, (url) => scripts.get(url.replace(/^file:\/\//, ""))));
    const first = await combine({ store, prefix: "coverage/", ...options(folder) });
    expect([...store.objects.keys()].filter((key) => key.startsWith(mappingsPrefix)).length).toBeGreaterThan(
      0,
    );
    const put = vi.spyOn(store, "put");
    const again = await combine({ store, prefix: "coverage/", ...options(folder) });
    expect(put, "the stored table was used").not.toHaveBeenCalled();
    expect(again.coverageMap.toJSON()).toEqual(first.coverageMap.toJSON());
    expect([...again.sources]).toEqual([...first.sources]);
    return first;
  });
}

function lines({ coverageMap }: Awaited<ReturnType<typeof combine>>) {
  return Object.fromEntries(
    coverageMap.files().map((file) => [file, coverageMap.fileCoverageFor(file).getLineCoverage()]),
  );
}

test.each(Object.keys(producers))("%s", async (producer) => {
  const result = await combined(producer, undefined, (folder) => ({
    root: folder,
    exclude: ["webpack/**", "**/external*"],
  }));
  const found = lines(result);
  expect(Object.keys(found)).toEqual(Object.keys(wanted));
  for (const [file, hits] of Object.entries(wanted)) expect(found[file]).toMatchObject(hits);
  expect(result.sources.get("src/lib/prices.ts")).toContain("export interface Basket");
  expect(result.unmapped).toEqual([]);
});

test("a map without sourcesContent maps as well; the text is not known", async () => {
  const result = await combined("esbuild", ({ sourcesContent: _, ...map }) => map);
  expect(lines(result)).toMatchObject(wanted);
  expect(result.sources.size).toBe(0);
});

test("a map of sections", async () => {
  const result = await combined("esbuild", (map) => ({
    version: 3,
    sections: [{ offset: { line: 0, column: 0 }, map }],
  }));
  expect(lines(result)).toMatchObject(wanted);
});

test("a sourceRoot, absolute sources, and sources from another machine", async () => {
  const rooted = (map: RawMap) => ({
    ...map,
    sourceRoot: "webpack://shop/",
    sources: ["./src/lib/prices.ts", "./src/index.ts"],
  });
  expect(Object.keys(lines(await combined("esbuild", rooted)))).toEqual(Object.keys(wanted));
  const elsewhere = (map: RawMap) => ({
    ...map,
    sources: map.sources.map((source) => source.replace("..", "/home/ci/shop")),
  });
  const root = () => ({ root: "/home/ci/shop" });
  expect(Object.keys(lines(await combined("esbuild", elsewhere, root)))).toEqual(Object.keys(wanted));
});

test("names that lead out of the report's folder, or into an object's prototype", async () => {
  const hostile = ["../../../../etc/passwd", "__proto__"];
  const found = lines(await combined("esbuild", (map) => ({ ...map, sources: hostile })));
  expect(Object.keys(found).sort()).toEqual(["_/__proto__", "etc/passwd"]);
  const script = ["<script>alert(1)</script>", "a/\u0000\u001b[2J/constructor"];
  const names = Object.keys(lines(await combined("esbuild", (map) => ({ ...map, sources: script }))));
  expect(names.sort()).toEqual(["<script>alert(1)</script>", "a/__[2J/constructor"]);
});

test("a map of another build is not believed: the deployed code is reported, and the reason", async () => {
  const result = await combined("esbuild", (map) => ({
    ...map,
    mappings: `;;;;${";".repeat(500)}${map.mappings}`,
  }));
  expect(result.coverageMap.files()).toEqual(["index.js"]);
  expect(result.files.get("index.js")).toMatchObject({ deployed: true });
  expect(result.unmapped[0]?.reason).toMatch(/belongs to another build.*reported as deployed/);
  const broken = await combined("esbuild", () => ({ version: 2 }));
  expect(broken.unmapped[0]?.reason).toMatch(/version is 2/);
});

test("no map at all: the deployed code", async () => {
  const result = await combined("esbuild", () => undefined);
  expect(result.coverageMap.files()).toEqual(["index.js"]);
  expect(result.coverageMap.getCoverageSummary().statements.pct).toBeLessThan(100);
  expect(result.unmapped).toEqual([]);
});
