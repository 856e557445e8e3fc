/** Configurations in the code, and patterns: what they say of bucket, prefix, files and branches holds. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { combine } from "../../src/combine/index.ts";
import type { PythonScriptCoverage } from "../../src/contract/coverage-file.ts";
import {
  bucket,
  fixtures,
  type Host,
  type PythonRuntime,
  runtimesAtHand,
  type StoredFile,
  startHost,
} from "./harness.ts";

const newest = (await runtimesAtHand()).at(-1) as PythonRuntime;
let host: Host;
beforeAll(async () => {
  host = await startHost();
});
afterAll(() => host.stop());

/** Of each file: its sequence, its rows' paths, lines, and whether branches are there. */
function rows(files: StoredFile[]): unknown[] {
  return files.map(({ file }) => [
    file.environment.sequence,
    ...(file.scripts as PythonScriptCoverage[]).map(({ path, lines, arcs }) => [
      path,
      lines,
      arcs.length > 0,
    ]),
  ]);
}

describe.each([
  ["under the exec wrapper", true, {}],
  ["alone", false, {}],
  ["alone, without a bucket in the environment", false, { COVERAGE_S3_BUCKET: "" }],
])("CoverageContext(config), %s", (_name, wrapper, variables) => {
  test("each block is stored by its own configuration, without gaps", async () => {
    const name = `configured-${wrapper ? "wrapped" : "alone"}-${Object.keys(variables).length}`;
    const environment = { BUCKET: bucket, PREFIX: `coverage/blocks/${name}/`, ...variables };
    const code = join(fixtures, "configured");
    await host.deploy({ name, runtime: newest, code, handler: "app.handler", wrapper, environment });
    for (const n of [1, 2]) expect((await host.lambda.invoke(name, { n })).payload).toBe(String(n));
    const [one, two] = [
      await host.filesUnder(`${environment.PREFIX}one/`),
      await host.filesUnder(`${environment.PREFIX}two/`),
    ];
    expect(one.map(({ file }) => file.environment.sequence)).toEqual([0, 1]);
    expect(rows(two.slice(1))).toEqual([[1, ["second.py", [2, 3], false]]]);
    expect(rows(one.slice(1))).toEqual([
      [
        1,
        ["app.py", expect.arrayContaining([16, 17]), true],
        ["first.py", [2, 3], true],
        ["second.py", [2, 3], true],
      ],
    ]);
    expect(two[0]?.file.exclude).toEqual(["first.py", "app.py"]);
    expect(new Set([one[0], two[0]].map((stored) => stored?.file.environment.id)).size).toBe(2);
    expect(await host.files(name)).toEqual([]);
  });
});

test("initialize_coverage(config) holds from then on", async () => {
  const code = join(fixtures, "configured");
  const environment = { BUCKET: bucket, PREFIX: "coverage/" };
  await host.deploy({ name: "later", runtime: newest, code, handler: "app.initialized", environment });
  for (const n of [1, 2]) await host.lambda.invoke("later", { n });
  expect(rows(await host.filesUnder("coverage/three/"))).toEqual([
    [0, ["first.py", [1, 2, 4], true]],
    [1, ["first.py", [2, 3], true]],
  ]);
  expect(await host.files("later")).toEqual([]);
});

test("a pattern names the path that the report shows, whatever sys.path made of it", async () => {
  const environment = { COVERAGE_INCLUDE_PATTERNS: "common/*" };
  const code = join(fixtures, "places");
  await host.deploy({ name: "places", runtime: newest, code, handler: "fn/app.handler", environment });
  expect((await host.lambda.invoke("places", { n: 2 })).payload).toBe("4");
  const { python } = await combine({ store: host.store, prefix: "coverage/places/" });
  expect([...python.keys()]).toEqual(["common/shared.py"]);
});

test("nothing is measured: the log says why", async () => {
  const environment = { COVERAGE_INCLUDE_PATTERNS: "src/*" };
  const code = join(fixtures, "places");
  await host.deploy({ name: "nothing", runtime: newest, code, handler: "fn/app.handler", environment });
  await host.lambda.invoke("nothing", { n: 2 });
  expect(await host.lambda.logs("nothing")).toContain(
    "Nothing is measured: 2 files were left out because no include pattern names them, the first fn/app.py",
  );
});
