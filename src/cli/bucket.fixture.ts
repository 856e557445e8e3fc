/** A bucket as a folder, out of what V8 itself counted: scripts run under NODE_V8_COVERAGE. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import type { CoverageFile } from "../contract/coverage-file.ts";
import { formatCoverageKey, formatExecutionId, formatScriptKey } from "../contract/object-keys.ts";
import { packRanges, type V8Function } from "../contract/ranges.ts";
import { scriptFormat, type V8ScriptFile } from "../contract/script-file.ts";

const run = promisify(execFile);

export interface RunOfScript {
  requestId: string;
  args: string[];
}

/** Runs the script once per request, each as a process of its own; leaves V8's dumps in `dumps`. */
export async function collectDumps(
  script: string,
  dumps: string,
  runs: readonly RunOfScript[],
): Promise<void> {
  for (const [index, { args }] of runs.entries()) {
    const folder = path.join(dumps, String(index));
    await run(process.execPath, [script, ...args], { env: { ...process.env, NODE_V8_COVERAGE: folder } });
    for (const name of await readdir(folder)) {
      await writeFile(path.join(dumps, `${index}-${name}`), await readFile(path.join(folder, name)));
    }
    await rm(folder, { recursive: true });
  }
}

/** Stores the dumps as the layer would: one environment and one coverage file per run. */
export async function storeDumps(options: {
  script: string;
  dumps: string;
  bucket: string;
  deployedPath: string;
  runs: readonly RunOfScript[];
}): Promise<string[]> {
  const { script, dumps, bucket, deployedPath, runs } = options;
  const scriptKey = await storeScript(script, bucket, deployedPath);
  const keys: string[] = [];
  for (const [index, name] of (await readdir(dumps)).sort().entries()) {
    const { requestId } = runs[index] as RunOfScript;
    const functions = await functionsOf(path.join(dumps, name), script);
    const at = new Date(Date.UTC(2026, 10, 20, 10, 0, index));
    const file: CoverageFile = {
      format: "lambda-coverage/1",
      function: { name: "orders", version: "$LATEST", region: "eu-west-1", runtime: "nodejs22.x" },
      environment: { id: `environment-${index}`, sequence: 0 },
      invocations: [{ requestId, startedAt: at.toISOString(), durationMs: 12.3, outcome: "ok" }],
      granularity: "block",
      collectedFrom: "start",
      scripts: [{ kind: "v8", path: deployedPath, script: scriptKey, ranges: packRanges(functions) }],
    };
    const executionId = formatExecutionId(at, requestId);
    const key = formatCoverageKey({ prefix: "coverage/", functionName: "orders", executionId, date: at });
    await put(bucket, key, file);
    keys.push(key);
  }
  return keys;
}

async function functionsOf(dump: string, script: string): Promise<V8Function[]> {
  const { result } = JSON.parse(await readFile(dump, "utf8")) as {
    result: { url: string; functions: V8Function[] }[];
  };
  return (result.find(({ url }) => url === pathToFileURL(script).href) as (typeof result)[0]).functions;
}

async function storeScript(script: string, bucket: string, deployedPath: string): Promise<string> {
  const source = await readFile(script, "utf8");
  const sourceMap = await readFile(`${script}.map`, "utf8").catch(() => undefined);
  const sha256 = createHash("sha256").update(source).digest("hex");
  const file: V8ScriptFile = {
    format: scriptFormat,
    kind: "v8",
    sha256,
    path: deployedPath,
    source,
    ...(sourceMap !== undefined && { sourceMap }),
  };
  await put(bucket, formatScriptKey(sha256), file);
  return formatScriptKey(sha256);
}

async function put(bucket: string, key: string, value: unknown): Promise<void> {
  const file = path.join(bucket, key);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, gzipSync(JSON.stringify(value)));
}
