/**
 * A probed package behaves as the original, and its counters are read whatever the main thread does. Whatever is wrong
 * with the copies, the originals run.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CoverageFile, ProbesScriptCoverage } from "../../src/contract/coverage-file.ts";
import {
  copyPath,
  manifestFile,
  type ProbeManifest,
  probesFolder,
} from "../../src/contract/probe-manifest.ts";
import { countOf, plannedFunctions, plannedStatements } from "../../src/contract/probe-plan.ts";
import type { ScriptFile } from "../../src/contract/script-file.ts";
import { probeFolder } from "../../src/probe-package/index.ts";
import { Host, runtimes } from "./host.ts";

const files = {
  "package.json": "{}",
  "index.mjs": `import { twice } from "./lib.cjs";
import { ping } from "./cycle-a.mjs";
import { Worker } from "node:worker_threads";
export const handler = async (event) => {
  if (event.spin) for (;;);
  if (event.wait) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  if (event.thread) await new Promise((done) => new Worker(new URL("./thread.cjs", import.meta.url)).on("exit", done));
  if (event.crash) throw new Error("on purpose");
  if (event.late) await import("./late.mjs");
  const size = twice(event.n ?? 1) > 3 ? "big" : "small";
  return { size, ping: ping(1), name: handler.name, cached: (await import("./lib.cjs")).cached };
};
`,
  "lib.cjs": `const path = require("node:path");
exports.twice = (n) => n * 2;
exports.cached = typeof require.cache + typeof require.resolve.paths + path.basename(__filename) + module.id.length;
exports.never = () => 1;
`,
  "cycle-a.mjs": `import { pong } from "./cycle-b.mjs";
export function ping(n) { return n === 0 ? "end" : pong(n - 1); }
`,
  "cycle-b.mjs": `import { ping } from "./cycle-a.mjs";
export function pong(n) { return ping(n); }
export const early = ping(0);
`,
  "late.mjs": "export const loadedLate = true;\n",
  "thread.cjs": `let sum = 0;
for (let i = 0; i < 1000; i++) sum += i;
`,
};

let host: Host;
beforeAll(async () => {
  host = await Host.start();
});
afterAll(() => host.stop());

function newPackage(): string {
  const code = host.newFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(code, path)), { recursive: true });
    writeFileSync(join(code, path), text);
  }
  return code;
}

async function probedPackage(): Promise<string> {
  const code = newPackage();
  await probeFolder(code);
  return code;
}

const probesOf = (file: CoverageFile | undefined): ProbesScriptCoverage[] =>
  (file?.scripts ?? []).filter((script) => script.kind === "probes");

/** Hits by the text of each statement and the name of each function, read by the stored plan. */
async function hitsOf(script: ProbesScriptCoverage): Promise<Record<string, number>> {
  const { source } = await host.object<ScriptFile>(script.script as string);
  const { plan, counts } = await host.probeCounts(script);
  const hits: Record<string, number> = {};
  for (const { start, end, reference } of plannedStatements(plan)) {
    hits[source.slice(start, end)] = countOf(plan, reference, counts) ?? Number.NaN;
  }
  for (const { name, reference } of plannedFunctions(plan)) {
    if (name !== undefined) hits[name] = countOf(plan, reference, counts) ?? Number.NaN;
  }
  return hits;
}

async function hitsIn(file: CoverageFile | undefined, path: string): Promise<Record<string, number>> {
  const script = probesOf(file).find((each) => each.path === path);
  return script === undefined ? {} : hitsOf(script);
}

describe.each(runtimes)("$runtime", (row) => {
  const config = { handler: "index.handler", timeoutSeconds: 3, ...row };

  test("answers as bare, and each file holds what its invocation ran", async () => {
    const [bare, layered] = [
      await host.bare({ ...config, code: newPackage() }),
      await host.layered({ ...config, code: await probedPackage() }),
    ];
    const events = [{}, { n: 5 }, { crash: true }, { late: true }];
    for (const event of events) {
      const [expected, found] = [
        await host.lambda.invoke(bare, event),
        await host.lambda.invoke(layered, event),
      ];
      expect([found.payload.replace(/"trace".*/, ""), found.functionError]).toEqual([
        expected.payload.replace(/"trace".*/, ""),
        expected.functionError,
      ]);
    }
    const stored = await host.coverageFiles(layered);
    expect(stored.map(({ exact, lost }) => [exact, lost])).toEqual(events.map(() => [true, undefined]));
    expect(
      probesOf(stored[0])
        .map(({ path }) => path)
        .sort(),
    ).toEqual(["cycle-a.mjs", "cycle-b.mjs", "index.mjs", "lib.cjs"].sort());
    expect(await hitsIn(stored[0], "lib.cjs")).toMatchObject({
      "n * 2": 1,
      'require("node:path")': 1,
      "1": 0,
    });
    expect(await hitsIn(stored[0], "cycle-a.mjs")).toMatchObject({ ping: 3 });
    expect(await hitsIn(stored[1], "lib.cjs")).toMatchObject({ "n * 2": 1, 'require("node:path")': 0 });
    expect(await hitsIn(stored[2], "index.mjs")).toMatchObject({ 'throw new Error("on purpose");': 1 });
    expect(await hitsIn(stored[3], "late.mjs")).toMatchObject({ true: 1 });
    // What loading ran was read when it had ended; a module that loads later has an init of its own.
    expect(stored.map(({ inits }) => inits?.map(({ sequence }) => sequence))).toEqual([
      [0],
      [0],
      [0],
      [0, 3],
    ]);
    const lines = await host.layerLines(layered);
    expect(lines.map(({ level, collector }) => [level, collector])).toEqual(
      events.map(() => ["INFO", "probes"]),
    );
  });

  test.each(["spin", "wait"])("at the deadline out of a main thread that can only %s", async (how) => {
    const name = await host.layered({ ...config, code: await probedPackage() });
    await host.lambda.invoke(name, {});
    const { timedOut } = await host.lambda.invoke(name, { [how]: true });
    expect(timedOut).toBe(true);
    const [, file] = await host.coverageFiles(name);
    expect(file?.invocations.map(({ outcome }) => outcome)).toEqual(["timeout"]);
    expect(probesOf(file).map(({ path }) => path)).toEqual(["index.mjs"]);
  });

  test("threads of the function's own count in slices of their own", async () => {
    const name = await host.layered({ ...config, code: await probedPackage() });
    for (const event of [{}, { thread: true }, { thread: true }]) await host.lambda.invoke(name, event);
    const stored = await host.coverageFiles(name);
    expect(await hitsIn(stored[1], "thread.cjs")).toMatchObject({ "sum += i;": 1000 });
    expect(await hitsIn(stored[2], "thread.cjs")).toMatchObject({ "sum += i;": 1000 });
    expect(stored.map(({ exact }) => exact)).toEqual([true, true, true]);
  });

  const damages: Record<string, (code: string) => void> = {
    "a file that was edited": (code) =>
      writeFileSync(join(code, "lib.cjs"), `${files["lib.cjs"]}// edited\n`),
    "a copy that was cut": (code) => {
      const { files: entries } = manifestOf(code);
      const { copy = "" } = entries.find(({ path }) => path === "lib.cjs") ?? {};
      const text = readFileSync(join(code, copyPath(copy)), "utf8");
      writeFileSync(join(code, copyPath(copy)), text.slice(0, -10));
    },
    "a copy that is gone": (code) => {
      const { files: entries } = manifestOf(code);
      rmSync(join(code, copyPath(entries.find(({ path }) => path === "lib.cjs")?.copy ?? "")));
    },
  };

  test.each(Object.entries(damages))(
    "%s: the original runs, and its coverage is unknown",
    async (_, damage) => {
      const code = await probedPackage();
      damage(code);
      const name = await host.layered({ ...config, code });
      for (const event of [{}, { n: 5 }]) {
        expect(JSON.parse((await host.lambda.invoke(name, event)).payload).ping).toBe("end");
      }
      const [file] = await host.coverageFiles(name);
      expect(probesOf(file).find(({ path }) => path === "lib.cjs")).toMatchObject({
        script: null,
        plan: null,
        unmapped: "its probed copy does not fit the file",
        counts: [],
      });
      expect(await hitsIn(file, "index.mjs")).toMatchObject({ "if (event.spin) for (;;);": 1 });
      const warnings = (await host.layerLines(name)).filter(({ level }) => level !== "INFO");
      expect(warnings.map(({ error_type }) => error_type)).toEqual(["StaleCopy"]);
    },
  );

  test.each([
    ["auto", "BadProbes", "v8"],
    ["probes", "NoProbes", undefined],
  ])("a manifest that is cut, COVERAGE_COLLECTOR=%s", async (collector, code, counts) => {
    const folder = await probedPackage();
    const path = join(folder, probesFolder, manifestFile);
    writeFileSync(path, readFileSync(path, "utf8").slice(0, -20));
    const environment = { COVERAGE_COLLECTOR: collector };
    const name = await host.layered({ ...config, code: folder, environment });
    expect((await host.lambda.invoke(name, {})).functionError).toBeUndefined();
    const warnings = (await host.layerLines(name)).filter(({ level }) => level !== "INFO");
    expect(warnings.map(({ error_type }) => error_type)).toEqual([code]);
    const kinds = (await host.coverageFiles(name)).flatMap(({ scripts }) => scripts.map(({ kind }) => kind));
    expect([...new Set(kinds)]).toEqual(counts === undefined ? [] : [counts]);
  });

  test("COVERAGE_ENABLED=false reads nothing of the copies", async () => {
    const code = await probedPackage();
    for (const entry of readdirSync(join(code, probesFolder)))
      rmSync(join(code, probesFolder, entry), { recursive: true });
    writeFileSync(join(code, probesFolder, manifestFile), "no manifest");
    const name = await host.layered({ ...config, code, environment: { COVERAGE_ENABLED: "false" } });
    expect((await host.lambda.invoke(name, {})).functionError).toBeUndefined();
    expect(await host.layerLines(name)).toEqual([]);
  });
});

function manifestOf(code: string): ProbeManifest {
  return JSON.parse(readFileSync(join(code, probesFolder, manifestFile), "utf8"));
}
