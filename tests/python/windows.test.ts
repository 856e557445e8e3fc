/** What a window of files says: that it shows all that ran, and what loading the modules had run before it. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CoverageFile, InitReference } from "../../src/contract/coverage-file.ts";
import { formatInitKey, parseInitKey } from "../../src/contract/object-keys.ts";
import type { PythonInitFile } from "../../src/contract/python-init-file.ts";
import { fixtures, type Host, linesOf, type PythonRuntime, runtimesAtHand, startHost } from "./harness.ts";

const newest = (await runtimesAtHand()).at(-1) as PythonRuntime;
let host: Host;
beforeAll(async () => {
  host = await startHost();
});
afterAll(() => host.stop());

async function filesOf(
  name: string,
  environment: Record<string, string>,
  calls: string[],
  code = "app",
): Promise<CoverageFile[]> {
  const handler = code === "app" ? "handlers.dispatch" : "app.lambda_handler";
  await host.deploy({ name, runtime: newest, code: join(fixtures, code), handler, environment });
  for (const call of calls) await host.lambda.invoke(name, { call, net: 100, n: 2 });
  return (await host.files(name)).map(({ file }) => file);
}

/** The init file of a reference, whose name is the hash of its text. */
async function initOf({ init }: InitReference): Promise<PythonInitFile> {
  const text = gunzipSync(await host.store.get(init)).toString();
  const sha256 = createHash("sha256").update(text).digest("hex");
  expect([init, parseInitKey(init)]).toEqual([formatInitKey(sha256), sha256]);
  return JSON.parse(text) as PythonInitFile;
}

test.each([
  ["the tracer", {}],
  ["sys.monitoring", { COVERAGE_BRANCH_COVERAGE: "false" }],
])("%s shows all that ran since the file before, and says so", async (name, environment) => {
  const files = await filesOf(name.replaceAll(/\W/g, "-"), environment, ["ok", "ok", "loads_late", "ok"]);
  expect(files.map(({ exact }) => exact)).toEqual([true, true, true, true]);
  for (const file of [files[1], files[3]]) {
    expect(linesOf(file as CoverageFile, "pricing.py")).toEqual([7, 8, 10]);
  }
  // A later window takes along what loading ran: all modules at first, one that was loaded later.
  const inits = files[3]?.inits as InitReference[];
  expect(inits.map(({ sequence }) => sequence)).toEqual([0, 2]);
  expect(files[0]?.inits).toEqual(inits.slice(0, 1));
  const [load, late] = await Promise.all(inits.map(initOf));
  expect(load).toMatchObject({ format: "lambda-coverage-init/1", extent: "load", granularity: "block" });
  expect(load?.scripts.map(({ path, collectedFrom }) => [path, collectedFrom])).toEqual([
    ["handlers.py", "start"],
    ["pricing.py", "start"],
  ]);
  expect(load?.scripts[1]?.lines).toEqual([1, 3, 6, 13, 19]);
  expect(late).toMatchObject({ extent: "first-file", scripts: [{ path: "rates.py", lines: [1, 4, 5] }] });
});

test("where files with nothing new are not stored, or blocks chose, a window is not called exact", async () => {
  const fewer = await filesOf("fewer", { COVERAGE_UPLOAD: "new" }, ["ok", "threads"]);
  expect(fewer.map(({ exact }) => exact)).toEqual([undefined, undefined]);
  expect(fewer[1]?.inits).toHaveLength(1);
  const chosen = await filesOf("chosen", {}, ["block", "block"], "blocks");
  expect(chosen.map(({ exact, inits }) => [exact, inits?.length])).toEqual([
    [undefined, 1],
    [undefined, 1],
  ]);
});
