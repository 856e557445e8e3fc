/**
 * V8's counters are gone once and coverage is started anew: what was compiled before has no block counters from
 * then on. No number is made up of that: what is not known comes out as unknown.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { combine } from "../../src/combine/combine.ts";
import type { CoverageFile } from "../../src/contract/coverage-file.ts";
import { MemoryStore } from "../oracle/memory-store.ts";
import { Host, runtimes } from "./host.ts";

const source = `const { Session } = require("node:inspector/promises");
const session = new Session();
const size = (n) => {
  if (n > 1) {
    return "big";
  }
  return "small";
};
const debug = async () => {
  session.connect();
  await session.post("Debugger.enable");
  await session.post("Debugger.disable");
};
exports.handler = async (event) => {
  await null;
  await (event.debug && debug());
  return size(event.n);
};
`;

let host: Host;
beforeAll(async () => {
  host = await Host.start();
});
afterAll(() => host.stop());

async function combined(files: readonly CoverageFile[]) {
  const scripts = files.flatMap((file) => file.scripts).map(({ script }) => script as string);
  const objects = new Map<string, unknown>(files.map((file, at) => [`coverage/${at}.coverage`, file]));
  const inits = files.flatMap((file) => file.inits ?? []).map(({ init }) => init);
  for (const key of new Set([...scripts, ...inits])) objects.set(key, await host.object(key));
  const packed = [...objects].map(([key, object]) => [key, gzipSync(JSON.stringify(object))] as const);
  const { coverageMap, unknown } = await combine({ store: new MemoryStore(packed), prefix: "coverage/" });
  const { statementMap, s } = coverageMap.fileCoverageFor("index.js").data;
  const { statements = [], branches = [] } = unknown.get("index.js") ?? {};
  const linesOf = (ranges: { start: { line: number } }[]): number[] => ranges.map(({ start }) => start.line);
  return {
    hits: Object.fromEntries(Object.entries(s).map(([id, hits]) => [statementMap[id]?.start.line, hits])),
    unknownLines: linesOf(statements),
    unknownBranches: linesOf(branches.map(({ loc }) => loc)),
  };
}

test.each(runtimes)(
  "$runtime: functions are known to have run after a restart, blocks are unknown",
  async (row) => {
    const code = host.newFolder();
    writeFileSync(join(code, "index.js"), source);
    const name = await host.layered({ ...row, code, handler: "index.handler" });
    for (const event of [{ n: 2 }, { n: 2, debug: true }, { n: 0 }, { n: 2 }]) {
      await host.lambda.invoke(name, event);
    }
    const files = await host.coverageFiles(name);
    expect(files.map(({ lost }) => lost?.reason)).toEqual([undefined, "canary", undefined, undefined]);

    const before = await combined(files.slice(0, 1));
    expect(before).toMatchObject({
      hits: { 4: 1, 5: 1, 7: 0, 15: 1 },
      unknownLines: [],
      unknownBranches: [],
    });

    // V8 itself counts the handler three times a call from here on: it awaits twice.
    const after = await combined(files.slice(2));
    expect(after.hits).toMatchObject({ 4: 2, 15: 2, 10: 0 });
    expect(after.unknownLines).toEqual([5, 7, 16, 17]);
    expect(after.unknownBranches).toEqual([4, 16]);

    const all = await combined(files);
    expect(all.hits).toMatchObject({ 4: 3, 5: 1, 15: 3 });
    expect(all.unknownLines).toEqual([7]);
  },
);
