/**
 * Windows of one environment against Istanbul, event by event: what is shown as never run did not run, neither in the
 * window nor at load; what is shown as run ran there, or is marked as run at load.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import type { FileCoverageData, Range } from "istanbul-lib-coverage";
import { beforeAll, describe, expect, test } from "vitest";
import { type CombineResult, combine, combineToSum } from "../../src/combine/index.ts";
import type { CoverageFile } from "../../src/contract/coverage-file.ts";
import { type InitFile, initFormat } from "../../src/contract/init-file.ts";
import { initsPrefix } from "../../src/contract/object-keys.ts";
import { nodeBinary } from "../../src/local/lambda/node-binary.ts";
import { deployedScript } from "./collected.ts";
import { MemoryStore } from "./memory-store.ts";
import { probedEnvironment, readScript, runProbedFolder } from "./probed.ts";
import { environment, initObject, type Recorded, record } from "./windows.fixture.ts";

const fixture = path.join(import.meta.dirname, "fixtures/windows");

async function combined(objects: Map<string, Uint8Array>, keys?: readonly string[]): Promise<CombineResult> {
  const store = new MemoryStore(objects);
  return combine({ store, prefix: "coverage/", storeMappings: false, ...(keys && { keys: [...keys] }) });
}

function keysOf(objects: Map<string, Uint8Array>): string[] {
  return [...objects.keys()].filter((key) => key.endsWith(".coverage")).sort();
}

/** The event that loads the module that is not loaded at first. */
const firstLazy = 3;

interface Counter {
  hits: number;
  atLoad: boolean;
}

/** By kind, file and place. */
function counters(result: CombineResult): Map<string, Counter> {
  const found = new Map<string, Counter>();
  for (const file of result.coverageMap.files()) {
    const data = result.coverageMap.fileCoverageFor(file).data;
    const marks = result.atLoad.get(file);
    for (const [id, at] of Object.entries(data.statementMap)) {
      const atLoad = marks?.statements.includes(Number(id)) === true;
      found.set(`statement ${file}:${placeOf(at)}`, { hits: data.s[id] as number, atLoad });
    }
    for (const [id, { loc }] of Object.entries(data.fnMap)) {
      const atLoad = marks?.functions.includes(Number(id)) === true;
      found.set(`function ${file}:${placeOf(loc)}`, { hits: data.f[id] as number, atLoad });
    }
    for (const [id, { loc, type }] of Object.entries(data.branchMap)) {
      for (const [arm, hits] of (data.b[id] as number[]).entries()) {
        const atLoad = marks?.branches.some(([branch, own]) => branch === Number(id) && own === arm) === true;
        found.set(`${type} ${file}:${placeOf(loc)} arm ${arm}`, { hits, atLoad });
      }
    }
  }
  return found;
}

/** V8's end of a statement may lie before its semicolon. */
function placeOf({ start }: Range): string {
  return `${start.line}:${start.column}`;
}

function istanbulHits(files: Record<string, FileCoverageData>): Map<string, number> {
  const hits = new Map<string, number>();
  for (const [file, data] of Object.entries(files)) {
    for (const [id, at] of Object.entries(data.statementMap)) {
      hits.set(`statement ${file}:${placeOf(at)}`, data.s[id] as number);
    }
    for (const [id, { loc }] of Object.entries(data.fnMap)) {
      hits.set(`function ${file}:${placeOf(loc)}`, data.f[id] as number);
    }
    for (const [id, { loc, type }] of Object.entries(data.branchMap)) {
      for (const [arm, count] of (data.b[id] as number[]).entries()) {
        hits.set(`${type} ${file}:${placeOf(loc)} arm ${arm}`, count);
      }
    }
  }
  return hits;
}

describe.each([22, 24])("on Node.js %i", (major) => {
  let recorded: Recorded;
  let ran: Map<string, number>[];

  beforeAll(async () => {
    const events = JSON.parse(await readFile(path.join(fixture, "events.json"), "utf8"));
    recorded = await record(fixture, events, { node: (await nodeBinary(major)).path });
    ran = recorded.istanbul.moments.map(istanbulHits);
  });

  /** Hits up to and with event `to`; those at load are hits of the first. */
  const until = (place: string, to: number) => (to < 0 ? 0 : ((ran[to + 1] ?? ran.at(-1))?.get(place) ?? 0));
  const between = (place: string, from: number, to: number) => until(place, to) - until(place, from - 1);
  const isLoaded = (place: string, to: number) => !place.includes("lazy.cjs") || to >= firstLazy;
  /** Hits in the file that came with the module. */
  const inFirstFile = (place: string) => until(place, place.includes("lazy.cjs") ? firstLazy : 0);

  test("every window of exact files", async () => {
    const objects = environment(recorded);
    const keys = keysOf(objects);
    for (let from = 0; from < keys.length; from++) {
      for (let to = from; to < keys.length; to++) {
        const shown = counters(await combined(objects, keys.slice(from, to + 1)));
        for (const [place, { hits, atLoad }] of shown) {
          const here = between(place, from, to);
          const what = `${place} in ${from} to ${to}`;
          if (hits === 0) expect([what, here, inFirstFile(place)]).toEqual([what, 0, 0]);
          else if (atLoad) expect([what, inFirstFile(place) > 0]).toEqual([what, true]);
          else expect([what, hits]).toEqual([what, here]);
        }
        for (const place of ran.at(-1)?.keys() ?? []) {
          // The arms of a branch are known together or not at all.
          if (shown.has(place) || / arm /.test(place) || !isLoaded(place, to)) continue;
          const seen = [place, from, to, between(place, from, to), inFirstFile(place) > 0];
          expect(seen).toEqual([place, from, to, 0, true]);
        }
      }
    }
  });

  test("every window of probes, which know what loading ran", async () => {
    const events = JSON.parse(await readFile(path.join(fixture, "events.json"), "utf8"));
    const names = ["idle.cjs", "index.cjs", "lazy.cjs"];
    const scripts = await Promise.all(names.map((name) => readScript(fixture, name)));
    const options = { node: (await nodeBinary(major)).path, eventsPerSnapshot: 1 };
    const objects = probedEnvironment(
      await runProbedFolder(fixture, { entry: "index.cjs", scripts }, events, options),
    );
    const keys = keysOf(objects);
    const outside = outsideOfFunctions(recorded.istanbul.coverage);
    const ranAtLoad = (place: string) =>
      (place.includes("lazy.cjs") ? inFirstFile(place) : (ran[0]?.get(place) ?? 0)) > 0;
    for (let from = 0; from < keys.length; from++) {
      for (let to = from; to < keys.length; to++) {
        const shown = counters(await combined(objects, keys.slice(from, to + 1)));
        const first = (place: string) => (place.includes("lazy.cjs") ? firstLazy : 0);
        for (const [place, { hits, atLoad }] of shown) {
          const isBehindLoad = from > first(place) && ranAtLoad(place);
          const here = between(place, from, to);
          const what = `${place} in ${from} to ${to}`;
          if (hits === 0) expect([what, here, isBehindLoad]).toEqual([what, 0, false]);
          else if (atLoad) expect([what, ranAtLoad(place)]).toEqual([what, true]);
          else if (outside.has(place)) expect([what, atLoad]).toEqual([what, true]);
          else if (isBehindLoad && !place.includes("lazy.cjs"))
            expect([what, hits]).toEqual([what, here + 1]);
          else expect([what, hits]).toEqual([what, here]);
        }
        // A module that came with an invocation: its functions ran at load, in that one, or in both.
        for (const place of ran.at(-1)?.keys() ?? []) {
          if (shown.has(place) || / arm /.test(place) || !isLoaded(place, to)) continue;
          expect([place, place.includes("lazy.cjs"), ranAtLoad(place)]).toEqual([place, true, true]);
        }
      }
    }
  });

  test("code outside of functions is marked as run at load, in every window alike, and nothing else is", async () => {
    const objects = environment(recorded);
    const keys = keysOf(objects);
    const outside = outsideOfFunctions(recorded.istanbul.coverage);
    for (const chosen of [keys, keys.slice(6), keys.slice(-1)]) {
      const ranAtLoad = [...counters(await combined(objects, chosen))].filter(([, { atLoad }]) => atLoad);
      // Of an `else` that is not written an init, which has no counts, cannot always tell.
      const isTold = (place: string) => chosen === keys || !/^if (index.cjs:1[12]|lazy.cjs:4):/.test(place);
      const wanted = [...outside].filter((place) => inFirstFile(place) > 0);
      expect(
        ranAtLoad
          .map(([place]) => place)
          .filter(isTold)
          .sort(),
      ).toEqual(wanted.filter(isTold).sort());
    }
  });

  test("files that are not exact never say never, unless all before them are there", async () => {
    const objects = environment(recorded, {}, { exact: false });
    const keys = keysOf(objects);
    // The last file is of no event.
    for (const [chosen, calls] of [
      [keys.slice(4), 6],
      [keys.slice(5, 7), 2],
      [[...keys.slice(0, 2), ...keys.slice(6)], 6],
    ] as const) {
      const result = await combined(objects, chosen);
      expect([...counters(result)].filter(([, { hits }]) => hits === 0)).toEqual([]);
      expect(result.unknown.get("index.cjs")?.reasons).toContain("window");
      expect(counters(result).get("statement index.cjs:42:2")?.hits).toBe(calls);
    }
    const whole = counters(await combined(objects));
    expect(whole.get("statement index.cjs:45:19")).toEqual({ hits: 0, atLoad: false });
  });

  test("a lost sequence before it makes a file that is not exact a window; exact ones stay", async () => {
    const lose = (objects: Map<string, Uint8Array>) => {
      const key = keysOf(objects)[3] as string;
      objects.set(
        key,
        edited(objects.get(key), (file) => ({ ...file, lost: { reason: "killed" }, scripts: [] })),
      );
      return objects;
    };
    const inexact = await combined(lose(environment(recorded, {}, { exact: false })));
    expect(inexact.unknown.get("index.cjs")?.reasons).toEqual(["window"]);
    const exact = await combined(lose(environment(recorded)));
    expect(counters(exact).get("statement index.cjs:45:19")?.hits).toBe(0);
    // The module that came with the lost file is told by its init.
    expect(counters(exact).get("statement lazy.cjs:3:0")).toEqual({ hits: 1, atLoad: true });
  });

  test.each<[string, (body: Uint8Array) => Uint8Array | undefined, string]>([
    ["missing", () => undefined, "unreadable"],
    ["another's", () => initObject({ ...emptyInit, extent: "load" }).body, "invalid"],
    ["cut off", (body) => body.subarray(0, 30), "corrupt"],
  ])("where the init is %s, nothing is called never run, and the loss is named", async (_, spoil, reason) => {
    const objects = environment(recorded);
    for (const key of [...objects.keys()].filter((each) => each.startsWith(initsPrefix))) {
      const spoiled = spoil(objects.get(key) as Uint8Array);
      if (spoiled === undefined) objects.delete(key);
      else objects.set(key, spoiled);
    }
    const result = await combined(objects, keysOf(objects).slice(5));
    expect([...counters(result)].filter(([, { hits }]) => hits === 0)).toEqual([]);
    expect(result.unknown.get("index.cjs")?.reasons).toEqual(["init-gone"]);
    expect(result.inits.gone.map((init) => [init.reason, init.environments])).toEqual([
      [reason, 1],
      [reason, 1],
    ]);
  });

  test("exact files that name no init: what they do not show is unknown", async () => {
    const objects = environment(recorded);
    const keys = keysOf(objects).slice(5);
    for (const key of keys)
      objects.set(
        key,
        edited(objects.get(key), ({ inits: _, ...file }) => file),
      );
    const result = await combined(objects, keys);
    expect([...counters(result)].filter(([, { hits }]) => hits === 0)).toEqual([]);
    expect(result.inits).toEqual({ environments: 1, withoutInit: 1, gone: [] });
  });

  test("each environment's init counts once, also where a fleet has two", async () => {
    const other = await record(fixture, [{ seldom: true }, {}], { node: (await nodeBinary(major)).path });
    const objects = new Map([
      ...environment(recorded),
      ...environment(recorded, { environment: { id: "alike", sequence: 0 } }),
      ...environment(other, { environment: { id: "other", sequence: 0 } }),
    ]);
    const later = keysOf(objects).filter((key) => !/-0\.coverage$/.test(key));
    const result = await combined(objects, later);
    const shown = counters(result);
    expect([...objects.keys()].filter((key) => key.startsWith(initsPrefix))).toHaveLength(3);
    expect(result.inits).toEqual({ environments: 3, withoutInit: 0, gone: [] });
    expect(shown.get("statement index.cjs:24:17")).toEqual({ hits: 3, atLoad: true });
    // Only the first event of the one ran `once`, only that of the other nothing else.
    expect(shown.get("function index.cjs:35:16")).toBeUndefined();
    expect(shown.get("function index.cjs:45:17")?.hits).toBe(0);
  });

  test("an init that was read when loading had ended counts for functions, too", async () => {
    const objects = environment(recorded, {}, { extent: "load" });
    const shown = counters(await combined(objects, keysOf(objects).slice(-1)));
    expect(shown.get("function index.cjs:20:23")).toEqual({ hits: 1, atLoad: true });
    expect(shown.get("statement index.cjs:24:17")).toEqual({ hits: 1, atLoad: true });
    expect(shown.get("function index.cjs:45:17")).toEqual({ hits: 0, atLoad: false });
  });

  test("function granularity: no window calls a function never run that ran in it", async () => {
    const events = JSON.parse(await readFile(path.join(fixture, "events.json"), "utf8"));
    const node = (await nodeBinary(major)).path;
    const byFunction = await record(fixture, events, { node, granularity: "function" });
    const objects = environment(byFunction, { granularity: "function" });
    const keys = keysOf(objects);
    for (let from = 0; from < keys.length; from++) {
      const shown = counters(await combined(objects, keys.slice(from)));
      for (const [place, { hits }] of shown) {
        const here = between(place, from, keys.length);
        if (hits === 0) expect([place, from, here]).toEqual([place, 0, 0]);
      }
    }
  });

  test("one version of two: its own code, its own init", async () => {
    const renamed = (url: string) => {
      const script = recorded.scriptOf(url);
      return script && deployedScript(script.path, `${script.source}// version 1`);
    };
    const objects = new Map([
      ...environment({ ...recorded, scriptOf: renamed }, { environment: { id: "old", sequence: 0 } }),
      ...environment(recorded, { environment: { id: "new", sequence: 0 } }),
    ]);
    const ofNew = keysOf(objects).filter((key) => /-new-[4-9]\.coverage$/.test(key));
    const result = await combined(objects, ofNew);
    expect(result.coverageMap.files().sort()).toEqual(["idle.cjs", "index.cjs", "lazy.cjs"]);
    for (const [place, { hits }] of counters(result)) {
      if (hits === 0) expect([place, until(place, 9)]).toEqual([place, 0]);
    }
  });

  test("a window's sum says what its files say", async () => {
    const objects = environment(recorded);
    const keys = keysOf(objects).slice(6);
    const { sum } = await combineToSum({ store: new MemoryStore(objects), prefix: "", keys });
    const others = [...objects].filter(([key]) => !key.endsWith(".coverage"));
    const ofSum = await combined(new Map([...others, ["coverage/sums/a.coverage", sum]]));
    expect(counters(ofSum)).toEqual(counters(await combined(objects, keys)));
    expect(ofSum.inits).toEqual({ environments: 1, withoutInit: 0, gone: [] });
  });
});

const emptyInit: InitFile = { format: initFormat, extent: "first-file", granularity: "block", scripts: [] };

function edited(body: Uint8Array | undefined, edit: (file: CoverageFile) => object): Uint8Array {
  return gzipSync(JSON.stringify(edit(JSON.parse(gunzipSync(body as Uint8Array).toString("utf8")))));
}

/** Statements and arms that lie in no function's body, by Istanbul; initialisers of instance fields run later. */
function outsideOfFunctions(files: Record<string, FileCoverageData>): Set<string> {
  const isInstanceField = (file: string, { start }: Range) =>
    file === "index.cjs" && (start.line === 29 || start.line === 30);
  return new Set(
    Object.entries(files).flatMap(([file, { statementMap, branchMap, fnMap }]) => {
      const isOutside = (at: Range) =>
        !isInstanceField(file, at) && Object.values(fnMap).every(({ loc }) => !isWithin(at, loc));
      const statements = Object.values(statementMap).filter(isOutside);
      const branches = Object.values(branchMap).filter(({ loc }) => isOutside(loc));
      return [
        ...statements.map((at) => `statement ${file}:${placeOf(at)}`),
        ...branches.flatMap(({ loc, type, locations }) =>
          locations.map((_, arm) => `${type} ${file}:${placeOf(loc)} arm ${arm}`),
        ),
      ];
    }),
  );
}

function isWithin(inner: Range, outer: Range): boolean {
  const order = (a: Range["start"], b: Range["start"]) => a.line - b.line || a.column - b.column;
  return order(inner.start, outer.start) >= 0 && order(inner.end, outer.end) <= 0;
}
