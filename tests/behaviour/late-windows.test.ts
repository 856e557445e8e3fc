/**
 * A warm environment goes on counting what it runs, however often V8 has optimised it: a report over its last hour must
 * not call code never run that runs in each invocation.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { coveredIntervals } from "../../src/agent/worker/novelty.ts";
import type { CoverageFile } from "../../src/contract/coverage-file.ts";
import type { InitFile } from "../../src/contract/init-file.ts";
import { Host, runtimes } from "./host.ts";

const source = `const tiny = (n) => n & 1;
const price = (n) => { return n * 2; };
class Basket {
  #sum = 0;
  get sum() { return this.#sum; }
  add(n) { this.#sum += price(n); return this; }
}
function round(n) {
  if (n > 30) { return n | 0; }
  return n;
}
const even = (n) => n % 2 === 0;
const never = () => "never";
exports.handler = async (event) => {
  if (event.never) return never();
  if (event.thread) new (require("node:worker_threads").Worker)("", { eval: true });
  const basket = new Basket();
  for (let i = 0; i < 40; i++) basket.add(tiny(i) + round(i));
  if (event.n === 2) [1, 2].filter(even);
  for (const until = performance.now() + (event.busyMs ?? 0); performance.now() < until; );
  return basket.sum;
};
`;

let host: Host;
beforeAll(async () => {
  host = await Host.start();
});
afterAll(() => host.stop());

function deploy(): string {
  const code = host.newFolder();
  writeFileSync(join(code, "index.js"), source);
  return code;
}

/** Where the files say that code ran, as V8 said it, by file. */
function covered(files: readonly CoverageFile[]): string[] {
  const found = files
    .flatMap((file) => file.scripts)
    .map((script) => `${script.path} ${script.kind === "v8" ? coveredIntervals(script.ranges) : ""}`);
  return [...new Set(found)].sort();
}

describe.each(runtimes)("$runtime", (row) => {
  test("the last 50 of 1,000 invocations show what the first 50 did", async () => {
    const name = await host.layered({ code: deploy(), handler: "index.handler", ...row });
    for (let n = 0; n < 1_000; n++) {
      const { functionError } = await host.lambda.invoke(name, { n: n % 5 });
      expect(functionError).toBeUndefined();
    }
    const files = await host.coverageFiles(name);
    expect(files).toHaveLength(1_000);
    expect(files.filter(({ exact, lost }) => exact !== true || lost !== undefined)).toEqual([]);
    // The first file holds init, too.
    const early = covered(files.slice(1, 51));
    expect(covered(files.slice(-50))).toEqual(early);
    expect(early).toHaveLength(2);
  });

  test("the environment's later files name what its loading ran, stored once for all environments", async () => {
    const name = await host.layered({ code: deploy(), handler: "index.handler", ...row });
    for (let call = 0; call < 2; call++) await host.lambda.invoke(name, { n: 1 });
    await host.lambda.invoke(name, { n: 1 }, { sandbox: "new" });
    const files = await host.coverageFiles(name);
    const references = files.map((file) => JSON.stringify(file.inits));
    expect(new Set(references).size).toBe(1);
    const [reference] = files[0]?.inits ?? [];
    expect(reference?.sequence).toBe(0);
    const init = await host.object<InitFile>(reference?.init ?? "");
    expect(init).toMatchObject({
      format: "lambda-coverage-init/1",
      extent: "first-file",
      granularity: "block",
    });
    expect(init.scripts.map(({ path }) => path)).toEqual(["index.js"]);
    const [script] = init.scripts;
    const isCovered = (needle: string): boolean => {
      let end = 0;
      for (let at = 0; at < (script?.covered.length ?? 0); at += 2) {
        const from = end + (script?.covered[at] ?? 0);
        end = from + (script?.covered[at + 1] ?? 0);
        if (from <= source.indexOf(needle) && source.indexOf(needle) < end) return true;
      }
      return false;
    };
    expect([isCovered("const tiny"), isCovered('"never"'), isCovered("filter(even)")]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test.each([
    ["worker threads of the function's own", [{ n: 1 }, { n: 1, thread: true }, { n: 1 }, { n: 1 }], {}, 1],
    ["COVERAGE_EXACT_WINDOWS=false", [{ n: 1 }, { n: 1 }], { COVERAGE_EXACT_WINDOWS: "false" }, 1],
    ["COVERAGE_UPLOAD=new", [{ n: 1 }, { n: 2 }], { COVERAGE_UPLOAD: "new" }, 0],
  ])("%s: what a later file does not show is not known", async (_, events, environment, exact) => {
    const name = await host.layered({ code: deploy(), handler: "index.handler", ...row, environment });
    for (const event of events) await host.lambda.invoke(name, event);
    const files = await host.coverageFiles(name);
    expect(files.map((file) => file.exact === true)).toEqual(files.map((_file, index) => index < exact));
  });

  test("a handler that computes for long is told of once, with the cheaper way", async () => {
    const name = await host.layered({ code: deploy(), handler: "index.handler", ...row });
    for (let call = 0; call < 7; call++) await host.lambda.invoke(name, { n: 1, busyMs: 110 });
    const lines = (await host.layerLines(name)).filter(({ error_type }) => error_type === "BusyHandler");
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      level: "INFO",
      message: expect.stringContaining("COVERAGE_GRANULARITY=function"),
    });
    const [invocation] = (await host.coverageFiles(name)).at(-1)?.invocations ?? [];
    expect(invocation?.busyMs).toBeGreaterThanOrEqual(100);
  });
});
