/**
 * What the Python agent shares with the TypeScript side is the same: settings, keys, globs, signing, retries.
 * @module-tag python
 */
import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { matchesGlob } from "../../src/agent/collect/glob.ts";
import { formatCombinedKey, formatCoverageKey, formatExecutionId } from "../../src/contract/object-keys.ts";
import { readSettings, settingsTable } from "../../src/contract/settings.ts";
import type { FaultKind, LocalS3 } from "../../src/local/index.ts";
import { startLocalS3 } from "../../src/local/index.ts";
import { bucket, interpreterOf, type PythonRuntime, root, runtimesAtHand } from "./harness.ts";

let executable: string;
beforeAll(async () => {
  ({ executable } = await interpreterOf((await runtimesAtHand()).at(-1) as PythonRuntime));
});

/** Runs a program that reads `given` (JSON) and prints JSON. */
function python<T>(program: string, given: unknown, env: Record<string, string> = {}): T {
  const source = `import json, sys\ngiven = json.load(sys.stdin)\n${program}`;
  const printed = execFileSync(executable, ["-c", source], {
    input: JSON.stringify(given),
    env: { PATH: process.env.PATH, PYTHONPATH: `${root}/python`, ...env },
    encoding: "utf8",
  });
  return JSON.parse(printed) as T;
}

/** The Python table's names: snake_case, and the spec's `upload_timeout`. */
function pythonName(name: string): string {
  return name.replace("Seconds", "").replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

const readAll = `
from coverage_wrapper._agent.settings import read_settings
out = []
for env in given:
    settings, problems = read_settings(env)
    out.append([vars(settings), problems])
print(json.dumps(out))`;

describe("settings", () => {
  const texts = fc.constantFrom(
    "",
    "true",
    "FALSE",
    "0",
    "on",
    "nonsense",
    "0.5",
    "30",
    "1e3",
    "-1",
    "debug",
    "new",
    "a,b , c",
    "my-bucket",
    "Bad Bucket",
    "/health",
  );
  const environment = fc.dictionary(
    fc.constantFrom(...Object.values(settingsTable).map((row) => row.env)),
    texts,
  );

  test("the same values and the same problems for any environment", () => {
    const environments = fc.sample(environment, { numRuns: 300, seed: 7 });
    const theirs = python<[Record<string, unknown>, string[]][]>(readAll, environments);
    for (const [index, env] of environments.entries()) {
      const { settings, problems } = readSettings(env);
      const ours = Object.entries(settings).map(([name, value]) => [pythonName(name), value ?? null]);
      expect([env, theirs[index]?.[0]]).toEqual([env, Object.fromEntries(ours)]);
      expect(theirs[index]?.[1].toSorted()).toEqual(problems.map(({ message }) => message).toSorted());
    }
  });

  test("an unknown variable is named with the nearest one", () => {
    const [, problems] = python<[unknown, string[]][]>(readAll, [{ COVERAGE_S3_BUKET: "x" }])[0] as [
      unknown,
      string[],
    ];
    expect(problems).toEqual(readSettings({ COVERAGE_S3_BUKET: "x" }).problems.map(({ message }) => message));
  });
});

test("object keys are the same, whatever the function and the request are called", () => {
  const text = fc.oneof(fc.string(), fc.constantFrom("..", "a/../b", "", "$LATEST", "ä.b"));
  const rows = fc.sample(fc.tuple(text, text, text, fc.integer({ min: 0, max: 4e12 }), fc.nat(3)), {
    numRuns: 300,
    seed: 7,
  });
  const theirs = python<string[][]>(
    `
from coverage_wrapper._agent.object_keys import combined_key, coverage_key, execution_id
print(json.dumps([[execution_id(at / 1000, request, n), coverage_key(prefix, name, execution_id(at / 1000, request, n), at / 1000), combined_key(prefix, at / 1000)] for prefix, name, request, at, n in given]))`,
    rows,
  );
  for (const [index, [prefix, functionName, request, at, n]] of rows.entries()) {
    const date = new Date(at);
    const executionId = formatExecutionId(date, request, n);
    const key = formatCoverageKey({ prefix, functionName, executionId, date });
    expect(theirs[index]).toEqual([executionId, key, formatCombinedKey(prefix, date)]);
  }
});

test("globs skip the same deployed paths", () => {
  const glob = fc
    .array(fc.constantFrom("src", "*", "**", "?", "/", ".py", "a", "[x]", "**/"), { maxLength: 6 })
    .map((parts) => parts.join(""));
  const path = fc
    .array(fc.constantFrom("src", "a", "b", "/", ".py"), { maxLength: 6 })
    .map((parts) => parts.join(""));
  const rows = fc.sample(fc.tuple(glob, path), { numRuns: 500, seed: 7 });
  const theirs = python<boolean[]>(
    `
from coverage_wrapper._agent.sources import compile_globs
print(json.dumps([any(p.match(path) for p in compile_globs([glob])) for glob, path in given]))`,
    rows,
  );
  expect(theirs).toEqual(rows.map(([globText, pathText]) => matchesGlob(pathText, globText)));
});

describe("a put under each fault of S3", () => {
  let s3: LocalS3;
  beforeAll(async () => {
    s3 = await startLocalS3({ buckets: [bucket] });
  });
  afterAll(() => s3.stop());

  const put = `
import time
from coverage_wrapper._agent.s3_client import S3Client
client = S3Client(given["bucket"])
outs = []
for n in range(given["puts"]):
    out = client.send("PUT", f"coverage/é {n}.coverage", time.monotonic() + given["seconds"], {"content-type": "application/json"}, b"body")
    outs.append([out.ok, out.attempts, out.code])
print(json.dumps(outs))`;

  async function puts(
    faults: { kind: FaultKind; times?: number; afterBytes?: number }[],
    seconds = 5,
    count = 1,
  ) {
    await s3.setFaults({ seed: 1, faults });
    try {
      return python<[boolean, number, string][]>(
        put,
        { bucket, seconds, puts: count },
        {
          AWS_ENDPOINT_URL_S3: s3.endpoint,
          AWS_REGION: s3.region,
          AWS_ACCESS_KEY_ID: s3.accessKeyId,
          AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
        },
      );
    } finally {
      await s3.setFaults(undefined);
    }
  }

  const stored: [FaultKind, number, number][] = [
    // kind, how often, attempts that count
    ["InternalError", 1, 2],
    ["SlowDown", 2, 3],
    ["reset", 1, 2],
    ["refuse", 1, 2],
    ["ConditionalRequestConflict", 1, 2],
    ["AuthorizationHeaderMalformed", 1, 1],
    ["PermanentRedirect", 1, 1],
    ["TemporaryRedirect", 1, 1],
    ["RequestTimeTooSkewed", 1, 1],
  ];
  test.each(stored)("%s, %i times: stored", async (kind, times, attempts) => {
    expect(await puts([{ kind, times }])).toEqual([[true, attempts, ""]]);
  });

  const failed: [FaultKind, number, string][] = [
    ["InternalError", 3, "InternalError"],
    ["AccessDenied", 1, "AccessDenied"],
    ["NoSuchBucket", 1, "NoSuchBucket"],
    ["ExpiredToken", 1, "ExpiredToken"],
  ];
  test.each(failed)("%s always: fails after %i attempts", async (kind, attempts, code) => {
    expect(await puts([{ kind }])).toEqual([[false, attempts, code]]);
  });

  test("a server that hangs: over within its time", async () => {
    const [[ok, , code] = []] = await puts([{ kind: "hang" }], 0.6);
    expect([ok, code]).toEqual([false, "Timeout"]);
  });

  test("a signature that the server accepts, also for a key that needs encoding, over a kept-alive socket", async () => {
    expect(await puts([], 5, 3)).toEqual([
      [true, 1, ""],
      [true, 1, ""],
      [true, 1, ""],
    ]);
  });
});
