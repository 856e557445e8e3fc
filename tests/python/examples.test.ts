/**
 * The Python examples run in the local Lambda with the layer, and their coverage arrives.
 * @module-tag python
 */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CoverageFile } from "../../src/contract/coverage-file.ts";
import {
  bucket,
  type Host,
  linesOf,
  type PythonRuntime,
  root,
  runtimesAtHand,
  startHost,
} from "./harness.ts";

const newest = (await runtimesAtHand()).at(-1) as PythonRuntime;
let host: Host;

beforeAll(async () => {
  host = await startHost();
});
afterAll(() => host.stop());

async function deploy(example: string): Promise<(event: unknown) => Promise<Record<string, unknown>>> {
  const code = join(root, "examples", example);
  const handler = "app.lambda_handler";
  await host.deploy({ name: example, runtime: newest, code, handler, wrapper: false, timeoutSeconds: 20 });
  return async (event) => {
    const result = await host.lambda.invoke(example, event);
    expect([result.functionError, result.payload]).toEqual([undefined, expect.anything()]);
    const answer = JSON.parse(result.payload) as { body?: string };
    return answer.body === undefined ? answer : { ...answer, ...JSON.parse(answer.body) };
  };
}

describe("the Python examples", () => {
  test("simple function", async () => {
    const invoke = await deploy("python_simple_function");
    expect(await invoke({ name: "Ada", language: "fr" })).toMatchObject({
      statusCode: 200,
      message: "Bonjour, Ada",
    });
    expect(await invoke({})).toMatchObject({ statusCode: 400 });
    const files = await host.files("python_simple_function");
    expect(files.map(({ file }) => linesOf(file, "app.py").includes(14))).toEqual([false, true]);
  });

  test("context manager", async () => {
    const invoke = await deploy("python_context_manager_function");
    expect(await invoke({ numbers: [60, 60, -1] })).toMatchObject({ score: 240 });
    const [only] = await host.files("python_context_manager_function");
    // The block's line and the function that it calls, not load() and clean_up().
    expect(linesOf(only?.file as CoverageFile, "app.py")).toEqual(expect.arrayContaining([13, 15, 16, 26]));
    expect(linesOf(only?.file as CoverageFile, "app.py")).not.toContain(9);
    expect(linesOf(only?.file as CoverageFile, "app.py")).not.toContain(20);
  });

  test("health check", async () => {
    const invoke = await deploy("python_health_check_function");
    await invoke({ path: "/orders" });
    expect(await invoke({ path: "/health" })).toMatchObject({
      statusCode: 200,
      status: "healthy",
      coverage_enabled: true,
      s3_config: { bucket, prefix: "coverage/python_health_check_function/" },
    });
    expect(await invoke({ path: "/version" })).toMatchObject({
      coverage_version: expect.stringMatching(/^7\./),
    });
  });

  test("combiner", async () => {
    const invoke = await deploy("python_combiner_function");
    const result = await invoke({
      prefix: "coverage/python_simple_function/",
      output_key: "reports/simple.json",
    });
    expect(result).toMatchObject({ files_processed: 2, files_skipped: 0, errors: [] });
    const report = JSON.parse(Buffer.from(await host.store.get("reports/simple.json")).toString());
    expect(Object.keys(report.files)).toEqual(["app.py"]);
  });

  test("advanced usage", async () => {
    const invoke = await deploy("python_advanced_usage");
    const records = [{ kind: "b", amount: 2 }, { kind: "a", amount: 1 }, { amount: 3 }];
    expect(await invoke({ records, share: 0 })).toMatchObject({ a: 1, b: 2, unknown: 3 });
    expect(await host.files("python_advanced_usage")).toEqual([]);
    await invoke({ records, share: 1 });
    const answer = await invoke({ records, all: true });
    expect(answer.coverage).toMatchObject({
      bucket,
      success: true,
      s3_key: expect.stringMatching(/\.coverage$/),
    });
    const keys = (await host.files("python_advanced_usage")).map(({ key }) => key);
    expect(keys).toHaveLength(2);
    expect(keys).toContain((answer.coverage as { s3_key: string }).s3_key);
  });
});
