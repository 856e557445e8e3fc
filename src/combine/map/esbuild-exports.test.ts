/** Real bundles: what esbuild adds for exports is in no figure, the user's functions all are. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "esbuild";
import { createInstrumenter } from "istanbul-lib-instrument";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildTable } from "./build-table.ts";
import type { FileTable } from "./probe-table.ts";
import { judgedMap } from "./source-map.ts";

const index = `import { add } from "./lib.js";
import * as lib from "./lib.js";
export { add } from "./lib.js";
const names = {};
register(names, { sum: () => add, all: () => lib });
function register(into, from) {
  for (const name in from) Object.defineProperty(into, name, { get: from[name] });
}
export const handler = async (event) => names.all[event.name](event.n, 1);
export function other() { return 2; }
export default handler;
`;
const lib = "export function add(a, b) { return a + b; }\nexport const one = () => 1;\n";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "lc-esbuild-"));
  await writeFile(path.join(folder, "index.js"), index);
  await writeFile(path.join(folder, "lib.js"), lib);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function tables(minify: boolean, repair: boolean): Promise<FileTable[]> {
  const outfile = path.join(folder, "out.js");
  const entryPoints = [path.join(folder, "index.js")];
  await build({ entryPoints, outfile, bundle: true, platform: "node", sourcemap: true, minify });
  const source = await readFile(outfile, "utf8");
  const map = judgedMap("out.js", source, await readFile(`${outfile}.map`, "utf8"));
  return buildTable({ sha256: "", mapSha256: "", source, map, repair }).files;
}

function linesOfFunctions(text: string): number[] {
  const instrumenter = createInstrumenter({ esModules: true });
  instrumenter.instrumentSync(text, "file.js");
  return Object.values(instrumenter.lastFileCoverage().fnMap)
    .map(({ decl }) => decl.start.line)
    .sort();
}

test.each([false, true])("functions are those of the source, minify: %s", async (minify) => {
  const found = await tables(minify, true);
  for (const [name, text] of Object.entries({ "index.js": index, "lib.js": lib })) {
    const file = found.find(({ source }) => source === name) as FileTable;
    expect(file.functions.map(({ declaration }) => declaration[0]).sort()).toEqual(linesOfFunctions(text));
    // The first lines only import and export; esbuild's code is mapped to their beginning.
    const places = [...file.statements, ...file.branches].map(({ at }) => at.slice(0, 2).join());
    expect(places).not.toContain("1,0");
  }
  expect(JSON.stringify(await tables(minify, false))).toContain('"at":[1,0,');
});
