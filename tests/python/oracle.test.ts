/**
 * The oracle: coverage.py itself, on the same events. Executed and missing lines and branches of the combined
 * report are equal, file by file, for every version of Python at hand.
 * @module-tag python
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { combine, type PythonFileCoverage } from "../../src/combine/index.ts";
import {
  fixtures,
  type Host,
  interpreterOf,
  type PythonRuntime,
  root,
  runtimesAtHand,
  startHost,
  unzippedLayer,
} from "./harness.ts";

const runtimes = await runtimesAtHand();
let folder: string;
let layer: string;
let host: Host;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "python-oracle-"));
  layer = unzippedLayer(folder);
  host = await startHost();
});
afterAll(async () => {
  await host.stop();
  rmSync(folder, { recursive: true });
});

const shopEvents = [
  { kind: "classify", numbers: [-1, 0, 3] },
  { kind: "retry", times: 2 },
  { kind: "drain", items: [1, 0, 2, 3] },
  { kind: "drain", items: [1], limit: 2 },
  { kind: "nested", early: true },
  { kind: "nested", rounds: 3 },
  { kind: "nested", rounds: 1, missing: false },
  { kind: "nested", missing: true },
  { kind: "async", count: 3 },
  { kind: "generator", upto: 2 },
  { kind: "shape", shape: "square" },
  { kind: "shape", shape: "circle" },
  { kind: "unheard of" },
];
const matchEvents = [{ kind: "point", x: 1, y: 2 }, { kind: "point" }, { kind: "list", items: [1, 2] }];

/** Half of the events: whole files and functions stay without a run. */
const fewEvents = shopEvents.filter((_, index) => index % 2 === 0);

interface OracleCase {
  name: string;
  handler: string;
  events: unknown[];
  environment?: Record<string, string>;
  since?: number;
}

const cases: OracleCase[] = [
  { name: "branches", handler: "app.handler", events: shopEvents },
  { name: "few events", handler: "app.handler", events: fewEvents },
  { name: "matching", handler: "matching.handler", events: matchEvents, since: 10 },
  {
    name: "lines only",
    handler: "app.handler",
    events: fewEvents,
    environment: { COVERAGE_BRANCH_COVERAGE: "false" },
  },
  {
    name: "only what is new",
    handler: "app.handler",
    events: shopEvents,
    environment: { COVERAGE_UPLOAD: "new" },
  },
];

/** The parser differs between versions, what else is measured does not. */
const everywhere = ["branches", "matching"];

describe.each(runtimes)("%s", (runtime) => {
  const minor = Number(runtime.slice("python3.".length));
  const isNewest = runtime === runtimes.at(-1);
  const chosen = cases.filter(
    ({ since = 0, name }) => since <= minor && (isNewest || everywhere.includes(name)),
  );
  test.each(chosen)("$name: 0 differences", async (oracleCase) => {
    const { name, handler, events, environment = {} } = oracleCase;
    const functionName = `${runtime}-${name}`.replaceAll(/[ .]/g, "_");
    const code = join(fixtures, "shop");
    await host.deploy({ name: functionName, runtime, code, handler, environment, timeoutSeconds: 10 });
    for (const event of events) await host.lambda.invoke(functionName, event);
    const ours = await combine({ store: host.store, prefix: `coverage/${functionName}/` });
    expect(ours).toMatchObject({ filesSkipped: 0, unmapped: [], environments: { count: 1, withLosses: 0 } });
    const branches = environment.COVERAGE_BRANCH_COVERAGE !== "false";
    const theirs = await coveragePy(runtime, code, handler, branches, events);
    expect(Object.fromEntries([...ours.python].sort())).toEqual(theirs);
  });
});

async function coveragePy(
  runtime: PythonRuntime,
  app: string,
  handler: string,
  branches: boolean,
  events: unknown[],
): Promise<Record<string, PythonFileCoverage>> {
  const { executable } = await interpreterOf(runtime);
  const script = join(root, "tests", "python", "oracle_run.py");
  const printed = execFileSync(executable, [script, app, handler, branches ? "1" : "0"], {
    input: JSON.stringify(events),
    env: { ...process.env, PYTHONPATH: layer },
    encoding: "utf8",
  });
  const { files } = JSON.parse(printed) as { files: Record<string, PythonFileCoverage> };
  return Object.fromEntries(Object.entries(files).sort());
}
