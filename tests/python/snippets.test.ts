/**
 * The Python snippets of docs/python.md (the specification's own among them) run as they are written.
 * @module-tag python
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  fixtures,
  type Host,
  linesOf,
  type PythonRuntime,
  root,
  runtimesAtHand,
  startHost,
} from "./harness.ts";

const page = readFileSync(join(root, "docs", "python.md"), "utf8");
const snippets = [...page.matchAll(/^```python\n(.*?)^```$/gms)].map((match) => match[1] as string);
const newest = (await runtimesAtHand()).at(-1) as PythonRuntime;
let folder: string;
let host: Host;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "python-snippets-"));
  cpSync(join(fixtures, "snippets"), folder, { recursive: true });
  mkdirSync(join(folder, "snippets"));
  for (const [index, text] of snippets.entries()) {
    writeFileSync(join(folder, "snippets", `${nameOf(index)}.py`), text);
  }
  host = await startHost();
  await host.deploy({
    name: "snippets",
    runtime: newest,
    code: folder,
    handler: "app.handler",
    timeoutSeconds: 30,
    memoryMb: 512,
    environment: { COVERAGE_S3_PREFIX: "coverage/", STAGE: "dev", COVERAGE_ENABLED: "true" },
  });
});
afterAll(async () => {
  await host.stop();
  rmSync(folder, { recursive: true });
});

function nameOf(index: number): string {
  return `snippet_${String(index).padStart(2, "0")}`;
}

/** The snippet that holds this text. */
function snippet(text: string): string {
  const index = snippets.findIndex((candidate) => candidate.includes(text));
  expect(index, text).toBeGreaterThanOrEqual(0);
  return nameOf(index);
}

async function call(text: string, functionName: string, event: unknown): Promise<unknown> {
  const payload = { snippet: snippet(text), function: functionName, event };
  const result = await host.lambda.invoke("snippets", payload);
  expect([result.functionError, result.payload]).toEqual([undefined, expect.anything()]);
  return JSON.parse(result.payload);
}

describe("docs/python.md", () => {
  test("every snippet loads", async () => {
    for (const index of snippets.keys()) {
      const result = await host.lambda.invoke("snippets", { snippet: nameOf(index) });
      expect([nameOf(index), result.functionError]).toEqual([nameOf(index), undefined]);
    }
    expect(snippets.length).toBeGreaterThan(12);
  });

  test("every handler answers", async () => {
    const event = { name: "x" };
    expect(await call("Hello World", "lambda_handler", event)).toEqual({
      statusCode: 200,
      body: "Hello World",
    });
    expect(await call("Wraps entire function", "lambda_handler", event)).toEqual({ processed: event });
    expect(await call("Only this block tracked", "lambda_handler", event)).toEqual({ processed: event });
    expect(await call("process_order_handler", "process_order_handler", { order: 1 })).toEqual([
      1,
      "paid",
      "reserved",
    ]);
    expect(
      await call("process_order_handler", "inventory_handler", { action: "check", items: [0, 1] }),
    ).toEqual([1]);
    expect(await call("Fast initialization", "lambda_handler", event)).toEqual({ processed: event });
    expect(await call("1% of invocations", "lambda_handler", event)).toEqual({ processed: event });
    expect(await call("ENABLE_COVERAGE", "lambda_handler", event)).toEqual({ processed: event });
    expect(await call("psutil", "lambda_handler", event)).toEqual({ processed: event });
    expect(await call("api_gateway_handler", "api_gateway_handler", { httpMethod: "POST" })).toMatchObject({
      statusCode: 201,
    });
    const health = (await call("api_gateway_handler", "api_gateway_handler", { path: "/health" })) as {
      body: string;
    };
    expect(JSON.parse(health.body)).toMatchObject({ status: "healthy", coverage_enabled: true });
  });

  test("the combining ones store coverage.py's report of what ran so far", async () => {
    const answer = (await call("combined/daily-report.json", "coverage_combiner_handler", {})) as {
      body: string;
    };
    expect(JSON.parse(answer.body)).toMatchObject({
      files_processed: expect.any(Number),
      files_skipped: 0,
      combined_coverage: expect.any(Number),
      output_location: "s3://coverage-bucket/coverage/combined/daily-report.json",
      processing_time_ms: expect.any(Number),
      errors: [],
    });
    const report = JSON.parse(
      Buffer.from(await host.store.get("coverage/combined/daily-report.json")).toString(),
    );
    expect(Object.keys(report.files)).toEqual(expect.arrayContaining(["app.py", "business.py"]));
    // Yesterday there was nothing: an error, not 100 %.
    const payload = {
      snippet: snippet("daily_coverage_report"),
      function: "daily_coverage_report",
      event: {},
    };
    const result = await host.lambda.invoke("snippets", payload);
    expect(JSON.parse(result.payload)).toMatchObject({ errorType: "CoverageCombineError" });
  });

  test("a snippet's own lines arrive", async () => {
    await call("Only this block tracked", "lambda_handler", {});
    const path = `snippets/${snippet("Only this block tracked")}.py`;
    const files = await host.filesUnder("coverage/");
    const lines = files.map(({ file }) => linesOf(file, path));
    expect(lines).toEqual(expect.arrayContaining([expect.arrayContaining([5])]));
  });
});
