/** Other tools in the same process, the real ones: they see what they see without us, and coverage is stored. */
import { cpSync, renameSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ScriptCoverage } from "../../src/contract/coverage-file.ts";
import type { ScriptFile } from "../../src/contract/script-file.ts";
import type { LocalFunctionConfig } from "../../src/local/index.ts";
import { fixtures } from "./deployed-function.ts";
import { Host, runtimes, seen } from "./host.ts";
import { installPackages } from "./install-packages.ts";

let host: Host;
let intruders: string;
beforeAll(async () => {
  host = await Host.start();
  intruders = deployed("intruders");
  renameSync(join(intruders, "index.cjs"), join(intruders, "index.js"));
});
afterAll(() => host.stop());

const tracingPackages = [
  "@opentelemetry/api",
  "@opentelemetry/instrumentation",
  "@opentelemetry/instrumentation-aws-lambda",
  "@opentelemetry/sdk-trace-node",
  "datadog-lambda-js",
  "dd-trace",
];

function deployed(fixture: string, packages: readonly string[] = []): string {
  const folder = host.newFolder();
  cpSync(join(fixtures, fixture), folder, { recursive: true });
  installPackages(folder, packages);
  return folder;
}

type Config = Omit<LocalFunctionConfig, "name">;

async function invokeAll(name: string, events: readonly unknown[]) {
  const results = [];
  for (const event of events) {
    const result = seen(await host.lambda.invoke(name, event));
    results.push({ ...result, trace: undefined });
  }
  return { name, results, lines: (await host.ownLines(name)).map((line) => line.replaceAll(name, "<name>")) };
}

/** Same results with the layer; what the tool itself said, by `told`, is the same too. */
async function heldAgainstBare(
  config: Config,
  events: readonly unknown[],
  told: (lines: string[]) => Told[] = () => [],
) {
  const bare = await invokeAll(await host.bare(config), events);
  const layered = await invokeAll(await host.layered(config), events);
  expect(layered.results).toEqual(bare.results);
  expect(told(layered.lines)).toEqual(told(bare.lines));
  return { ...layered, told: told(bare.lines) };
}

/** What is stored is counted as often as it ran; what is lost says why. */
async function lossesAndCounts(name: string, needle = "return n + 1;") {
  const files = await host.coverageFiles(name);
  for (const file of files) {
    if (file.lost !== undefined) expect(file.scripts).toEqual([]);
    else expect(await host.countAt([file], "index.js", needle)).toBe(file.invocations.length);
  }
  return files.map(({ lost }) => lost?.reason);
}

const countsIn = (script: ScriptCoverage): number[] =>
  script.kind === "v8" ? script.ranges.filter((_, at) => at % 3 === 2) : [];

interface Told {
  [field: string]: unknown;
}

const spansOf = (lines: string[]): Told[] =>
  lines.filter((line) => line.startsWith("SPAN ")).map((line) => JSON.parse(line.slice(5)) as Told);

interface DatadogSpan extends Told {
  name: string;
  span_id: string;
  parent_id: string;
  meta: Record<string, string>;
}

/** Metrics and spans, without ids and times; stack traces show a frame of ours, which is documented. */
function toldDatadog(lines: string[]): Told[] {
  const objects = lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
  return objects.flatMap(({ m, t, v, traces }): Told[] => {
    if (m !== undefined) return [{ metric: m, tags: t, value: v }];
    const spans = ((traces ?? []) as DatadogSpan[][]).flat();
    const nameOf = new Map(spans.map(({ span_id, name }) => [span_id, name]));
    // Which `require`s were slow enough for a span of their own is chance.
    const told = spans.filter(({ name }) => !name.startsWith("aws.lambda.require"));
    return told.map(({ name, resource, service, type, error, parent_id, meta }) => {
      const parent = nameOf.get(parent_id);
      return { span: name, resource, service, type, error, parent, message: meta["error.message"] };
    });
  });
}

describe.each(runtimes)("$runtime", (row) => {
  const orders = [{ n: 1 }, { n: 2, fail: true }, { n: 3 }];
  const base = { ...row, timeoutSeconds: 20, memoryMb: 512 };

  test.each([
    // Line 4 of the client imports the handler, which a preload by --require does not see: nor does it bare.
    { form: "cjs", options: "--require /var/task/otel-setup.cjs", instrumented: row.client === 3 },
    { form: "cjs", options: "--import /var/task/otel-import.mjs", instrumented: true },
    { form: "mjs", options: "--import /var/task/otel-import.mjs", instrumented: true },
  ])(
    "OpenTelemetry's Lambda instrumentation: $form, $options",
    { tags: "namespaces" },
    async ({ form, options, instrumented }) => {
      const code = deployed("tracing", tracingPackages);
      renameSync(join(code, `otel.${form}`), join(code, `index.${form}`));
      const config = { ...base, code, handler: "index.handler", environment: { NODE_OPTIONS: options } };
      const { name, told } = await heldAgainstBare(config, orders, spansOf);
      const each = instrumented ? [`order in one`, `<name> in none`] : ["order in none"];
      expect(told.map((span) => `${span.name} in ${span.parent}`)).toEqual(orders.flatMap(() => each));
      await expectAllStored(name);
    },
  );

  test("Datadog's library and tracer, by its own handler", async () => {
    const code = deployed("tracing", tracingPackages);
    renameSync(join(code, "datadog.cjs"), join(code, "index.js"));
    const environment = {
      DD_LAMBDA_HANDLER: "index.handler",
      DD_FLUSH_TO_LOG: "true",
      DD_TRACE_ENABLED: "true",
      DD_INSTRUMENTATION_TELEMETRY_ENABLED: "false",
    };
    const handler = "node_modules/datadog-lambda-js/dist/handler.handler";
    const { name, told } = await heldAgainstBare(
      { ...base, code, handler, environment },
      orders,
      toldDatadog,
    );
    const names = told.map((entry) => entry.metric ?? entry.span);
    for (const expected of ["aws.lambda", "order", "orders"]) {
      expect(names.filter((each) => each === expected).length).toBe(orders.length);
    }
    await expectAllStored(name);
  });

  async function expectAllStored(name: string): Promise<void> {
    const files = await host.coverageFiles(name);
    expect(files.map(({ lost }) => lost)).toEqual(orders.map(() => undefined));
    expect(await host.countAt(files, "order.cjs", "const counted")).toBe(orders.length);
    // No script under the user's names but the user's own.
    const keys = files.flatMap(({ scripts }) => scripts.map(({ path, script }) => `${path} ${script}`));
    const paths = [...new Set(keys)].map((key) => key.split(" ")[0]);
    expect(new Set(paths).size).toBe(paths.length);
    for (const { scripts } of files) {
      expect(new Set(scripts.map(({ path }) => path)).size).toBe(scripts.length);
    }
  }

  const stopped = [undefined, "canary", undefined, "profiler-stopped"];
  test.each([
    { way: "cpuProfile", losses: Array(6).fill(undefined) },
    { way: "cpuProfileAndLeave", losses: stopped },
    { way: "takeCoverage", losses: stopped },
    { way: "stopCoverage", losses: stopped },
    { way: "restartCoverage", losses: stopped },
    { way: "debugAWhile", losses: stopped },
  ])("$way in the handler: no count is invented; one restart, then one line", async ({ way, losses }) => {
    const config = { ...base, code: intruders, handler: "index.handler" };
    const events = ["plain", way, "plain", way, "plain", "plain"].map((each, n) => ({ way: each, n }));
    const { name } = await heldAgainstBare(config, events);
    expect(await lossesAndCounts(name)).toEqual(losses);
    const said = (await host.layerLines(name)).filter(({ error_type }) => error_type === "CanarySilent");
    expect(said.length).toBe(losses.includes("profiler-stopped") ? 1 : 0);
  });

  test("a process that ends after the deadline's snapshot logs nothing of an inspector", async () => {
    const config = { ...base, timeoutSeconds: 1.5, code: intruders, handler: "index.handler" };
    const asLogged = (lines: string[]): Told[] => lines.map((line) => ({ line }));
    await heldAgainstBare(config, [{ way: "plain" }, { way: "exitLate" }, { way: "plain" }], asLogged);
  });

  test("NODE_V8_COVERAGE keeps its own counts", { tags: "namespaces" }, async () => {
    const environment = { NODE_V8_COVERAGE: "/tmp/v8" };
    const config = { ...base, code: intruders, handler: "index.handler", environment };
    const { name, results } = await heldAgainstBare(config, [
      { way: "plain", n: 1 },
      { way: "nodeCoverage", n: 2 },
    ]);
    expect(results[1]?.payload).toBe("2");
    expect(await host.coverageFiles(name)).toEqual([]);
  });

  test("a child forked and a worker started in init answer as ever, and their code is not counted", async () => {
    const environment = { WITH_CHILDREN: "yes" };
    const config = { ...base, code: intruders, handler: "index.asksHelpers", environment };
    const { name } = await heldAgainstBare(config, [{ n: 1 }, { n: 2 }]);
    const files = await host.coverageFiles(name);
    expect(new Set(files.map((file) => file.environment.id)).size).toBe(1);
    expect(await host.countAt(files, "shared.cjs", "return n * 2;")).toBe(2);
  });

  test("ES module loader hooks: each source is stored as it ran, also of two that bear one file's name", {
    tags: "namespaces",
  }, async () => {
    const environment = { NODE_OPTIONS: "--import=/var/task/hooks.mjs" };
    const config = { ...base, code: intruders, handler: "hooked.handler", environment };
    const { name, results } = await heldAgainstBare(config, [{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect(results[1]?.payload).toBe('{"sum":3,"asItIs":4,"rewritten":2000}');
    const files = await host.coverageFiles(name);
    expect(await host.countAt(files, "hooked.mjs", "1 + event.n")).toBe(3);
    // Having asked V8 for the text costs no block counters.
    expect(
      files
        .flatMap(({ scripts }) => scripts)
        .flatMap(countsIn)
        .filter((count) => count < 0),
    ).toEqual([]);
    const twins = files[0]?.scripts.filter(({ path }) => path === "times.mjs") ?? [];
    const sources = twins.map(({ script }) => host.object<ScriptFile>(script ?? ""));
    expect((await Promise.all(sources)).map(({ source }) => source.trim()).sort()).toEqual([
      "export const times = (n) => n * 1000;",
      "export const times = (n) => n * 2;",
    ]);
  });
});
