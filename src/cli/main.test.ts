/** The command line as a user has it: a process, its output, its exit code. */
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startLocalS3 } from "../local/s3/start.ts";
import type { LocalS3 } from "../local/s3/types.ts";
import { openS3Store } from "../store/s3-store.ts";
import { collectDumps, storeDumps } from "./bucket.fixture.ts";
import type { CombineSummary } from "./emit-reports.ts";

const main = fileURLToPath(new URL("main.ts", import.meta.url));

const app = `
function price(qty) {
  if (qty > 3) {
    return wholesale(qty);
  }
  return qty * 2;
}
function wholesale(qty) {
  return qty * 1.5;
}
function neverCalled() {
  return 0;
}
price(Number(process.argv[2]));
`;

const runs = [
  { requestId: "request-one", args: ["1"] },
  { requestId: "request-two", args: ["2"] },
  { requestId: "request-bulk", args: ["10"] },
];

let root: string;
let bucket: string;
let keys: string[];
let work: string;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), "lc-cli-"));
  bucket = path.join(root, "bucket");
  const script = path.join(root, "app", "app.js");
  const dumps = path.join(root, "dumps");
  await mkdir(path.dirname(script));
  await mkdir(dumps);
  await writeFile(script, app);
  await collectDumps(script, dumps, runs);
  keys = await storeDumps({ script, dumps, bucket, deployedPath: "app.js", runs });
});
afterAll(() => rm(root, { recursive: true, force: true }));
beforeEach(async () => {
  work = await mkdtemp(path.join(root, "work-"));
});

interface Ended {
  code: number;
  out: string;
  err: string;
}

function lambdaCoverage(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const tsx = import.meta.resolve("tsx");
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ["--import", tsx, main, ...args],
      { cwd: work, env: { ...process.env, ...env } },
      (error, out, err) => resolve({ code: typeof error?.code === "number" ? error.code : 0, out, err }),
    );
  });
}

async function summaryOf(
  args: string[],
  env?: NodeJS.ProcessEnv,
): Promise<CombineSummary & { code: number }> {
  const ended = await lambdaCoverage([...args, "--json"], env);
  return { ...(JSON.parse(ended.out) as CombineSummary), code: ended.code };
}

describe("combine", () => {
  test("prints the table, writes the reports, exits 0, without escape codes where there is no terminal", async () => {
    const { code, out, err } = await lambdaCoverage(["combine", bucket]);
    expect({ code, out, err }).toMatchObject({ code: 0 });
    // By eye: 2 of 3 functions ran; neverCalled's only statement, line 12, did not.
    expect(out).toMatch(/^app\.js +83\.3 +100\.0 +66\.6 +83\.3 +12$/m);
    expect(out).toContain("3 coverage files, 3 invocations, 3 execution environments, function orders");
    expect(out).toContain("1 function never ran\n  app.js:11  neverCalled");
    expect(out + err).not.toContain("\u001b");
    for (const file of ["index.html", "lcov.info", "coverage-final.json"]) {
      expect(await readFile(path.join(work, "coverage-report", file), "utf8")).toContain("app.js");
    }
  });

  test("--json prints the combiner's result and nothing else", async () => {
    const summary = await summaryOf(["combine", bucket]);
    expect(summary).toMatchObject({
      files_processed: 3,
      files_skipped: 0,
      errors: [],
      functions_never_run: 1,
    });
    expect(summary.totals.functions).toMatchObject({ covered: 2, total: 3 });
    // 5 of 6 lines and both arms: coverage.py counts them together.
    expect(summary.combined_coverage).toBeCloseTo((100 * 7) / 8);
  });

  test("--no-branches, and COVERAGE_BRANCH_COVERAGE=false: lines alone make the figure", async () => {
    const bare = await summaryOf(["combine", bucket, "--no-branches"]);
    expect(bare.combined_coverage).toBeCloseTo((100 * 5) / 6);
    expect(bare.totals.branches).toMatchObject({ total: 0 });
    const bySetting = await summaryOf(["combine", bucket], { COVERAGE_BRANCH_COVERAGE: "false" });
    expect(bySetting.totals).toEqual(bare.totals);
  });

  test("below --fail-under it exits 3, with the reports written", async () => {
    const { code, err } = await lambdaCoverage([
      "combine",
      bucket,
      "--fail-under",
      "statements=80,functions=70",
    ]);
    expect(code).toBe(3);
    expect(err).toContain("below threshold: functions 66.6 %, wanted 70 %: 1 more function to cover");
    expect(err).not.toContain("statements");
    await readFile(path.join(work, "coverage-report", "index.html"));
  });

  test("a day, one function of a day, and one file are prefixes too", async () => {
    const day = await summaryOf(["combine", `${bucket}/coverage/2026/11/20`]);
    const glob = await summaryOf(["combine", `${bucket}/coverage/2026/11/20/orders-*`]);
    const one = await summaryOf(["combine", path.join(bucket, keys[0] as string)]);
    expect([day, glob, one].map((summary) => summary.files_processed)).toEqual([3, 3, 1]);
  });

  test("--all counts a file that nothing loaded as 0", async () => {
    await mkdir(path.join(work, "src"));
    await writeFile(
      path.join(work, "src", "unloaded.ts"),
      "export const a: number = 1;\nexport const b = a + 1;\n",
    );
    await writeFile(path.join(work, "src", "unloaded.test.ts"), "throw new Error();\n");
    const { out, code } = await lambdaCoverage(["combine", bucket, "--all", "src"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^src\/unloaded\.ts +0\.0/m);
    expect(out).not.toContain("unloaded.test.ts");
    expect(out).toContain("1 file was never loaded");
  });

  test("what was skipped is named; --strict exits 5", async () => {
    const damaged = path.join(work, "damaged");
    await cp(bucket, damaged, { recursive: true });
    await writeFile(path.join(damaged, "coverage/2026/11/20/orders-100000009-x.coverage"), "no gzip");
    const { code, out } = await lambdaCoverage(["combine", damaged]);
    expect(code).toBe(0);
    expect(out).toContain("1 coverage file was skipped");
    expect(out).toContain("orders-100000009-x.coverage: corrupt: not gzip");
    const strict = await lambdaCoverage(["combine", damaged, "--strict"]);
    expect(strict.code).toBe(5);
    expect(strict.err).toContain("orders-100000009-x.coverage");
  });

  test("sources that stayed at home are found by --scripts", async () => {
    const home = path.join(work, "home");
    await cp(path.join(bucket, "coverage"), path.join(home, "coverage"), { recursive: true });
    const without = await lambdaCoverage(["combine", home]);
    expect(without.code).toBe(4);
    expect(without.err).toContain("--scripts");
    const summary = await summaryOf(["combine", home, "--scripts", path.join(root, "app")]);
    expect(summary).toMatchObject({ code: 0, files_processed: 3 });
  });
});

describe("errors say what to do, without a stack trace", () => {
  test.each([
    ["an unknown command", ["combin"], 2, "Did you mean combine?"],
    ["an unknown option", ["combine", ".", "--formt", "html"], 2, "Did you mean --format?"],
    ["an unknown format", ["combine", ".", "--format", "htm"], 2, "Did you mean html?"],
    ["a wrong threshold", ["combine", ".", "--fail-under", "branches=101"], 2, "from 0 to 100"],
    ["no such folder", ["combine", "./nowhere"], 2, "s3://bucket/prefix"],
    ["an output key that names no JSON", ["combine", ".", "--output-key", "x/"], 2, "daily-report.json"],
    ["a prefix without files", ["combine", "BUCKET/coverage/2026/11/21"], 2, "there is no folder"],
    ["show without a file", ["show", "BUCKET"], 2, ".coverage"],
    ["no such request", ["unique", "BUCKET", "--request", "nobody"], 4, "Looked into 3 files"],
  ])("%s", async (_, args, code, words) => {
    const ended = await lambdaCoverage(args.map((arg) => arg.replace("BUCKET", bucket)));
    expect(ended.code).toBe(code);
    expect(ended.err).toContain(words);
    expect(ended.err).not.toMatch(/\n\s+at /);
    expect(ended.out).toBe("");
  });

  test("DEBUG=1 shows the stack trace", async () => {
    expect((await lambdaCoverage(["show", bucket], { DEBUG: "1" })).err).toMatch(/\n\s+at /);
  });
});

describe("one file, one request", () => {
  test("show prints its invocation and what it ran; --json in coverage.py's shape", async () => {
    const file = path.join(bucket, keys[0] as string);
    const { out } = await lambdaCoverage(["show", file]);
    expect(out).toContain("request request-one  ok  12.3 ms  2026-11-20T10:00:00.000Z");
    const json = JSON.parse((await lambdaCoverage(["show", file, "--json"])).out);
    expect(json.files["app.js"].missing_lines).toEqual([4, 9, 12]);
  });

  test("unique names the functions and lines that only this request ran", async () => {
    const result = await lambdaCoverage(["unique", bucket, "--request", "request-bulk", "--json"]);
    expect(JSON.parse(result.out).files).toEqual([
      {
        path: "app.js",
        functions: [{ name: "wholesale", line: 8, orAtInit: true }],
        lines: [
          { from: 4, to: 4 },
          { from: 9, to: 9 },
        ],
        statements: 2,
      },
    ]);
    const { out } = await lambdaCoverage(["unique", bucket, "--request", "request-one"]);
    expect(out).toContain("It ran nothing that 2 other coverage files did not run too.");
  });
});

describe("through the S3 protocol", () => {
  let s3: LocalS3;
  let env: NodeJS.ProcessEnv;
  beforeAll(async () => {
    s3 = await startLocalS3({ buckets: ["my-bucket"] });
    const store = await openS3Store("my-bucket", {
      endpoint: s3.endpoint,
      region: s3.region,
      credentials: s3,
    });
    const { DirectoryStore } = await import("../store/directory-store.ts");
    const copy = new DirectoryStore(bucket);
    for await (const { key } of copy.list("")) await store.put(key, await copy.get(key));
    env = {
      AWS_ENDPOINT_URL_S3: s3.endpoint,
      AWS_REGION: s3.region,
      AWS_ACCESS_KEY_ID: s3.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
    };
  });
  afterAll(() => s3?.stop());

  test("combines as from a folder, stores the combined report, and reports from it again", async () => {
    const key = "coverage/combined/daily.json";
    const stored = await summaryOf(["combine", "s3://my-bucket/coverage/", "--output-key", key], env);
    expect(stored).toMatchObject({ code: 0, files_processed: 3, output_location: `s3://my-bucket/${key}` });
    const store = await openS3Store("my-bucket", {
      endpoint: s3.endpoint,
      region: s3.region,
      credentials: s3,
    });
    const beside: string[] = [];
    for await (const object of store.list("coverage/combined/")) beside.push(object.key);
    expect(beside).toEqual(
      expect.arrayContaining(
        ["coverage-final.json", "lcov.info", "cobertura.xml", "html/index.html"].map(
          (name) => `coverage/combined/daily/${name}`,
        ),
      ),
    );
    const again = await summaryOf(["report", `s3://my-bucket/${key}`], env);
    expect(again.totals).toEqual(stored.totals);
    // Its own reports are no coverage files to the next run.
    expect(await summaryOf(["combine", "s3://my-bucket/"], env)).toMatchObject({
      files_processed: 3,
      files_skipped: 0,
    });
  });

  test.each([
    ["no such bucket", "s3://other-bucket/coverage/", {}, "there is no bucket other-bucket", 1],
    ["no files", "s3://my-bucket/coverage/2026/11/21/", {}, "s3://my-bucket/coverage/2026/11/20/", 4],
    ["wrong key", "s3://my-bucket/coverage/", { AWS_ACCESS_KEY_ID: "AKIAX" }, "AWS_PROFILE", 1],
  ])("%s", async (_, location, more, words, code) => {
    const ended = await lambdaCoverage(["combine", location], { ...env, ...more });
    expect(ended.err).toContain(words);
    expect(ended.code).toBe(code);
  });

  test("without a location: the bucket and prefix of the layer's own variables", async () => {
    const variables = { COVERAGE_S3_BUCKET: "my-bucket", COVERAGE_S3_PREFIX: "coverage/2026" };
    const summary = await summaryOf(["combine", "--format", "text"], { ...env, ...variables });
    expect(summary).toMatchObject({ code: 0, files_processed: 3 });
    const without = await lambdaCoverage(["combine"], { ...env, COVERAGE_S3_BUCKET: "" });
    expect(without.code).toBe(2);
    expect(without.err).toContain("COVERAGE_S3_BUCKET");
  });

  test("who may not write to the bucket has the reports all the same", async () => {
    await s3.setPolicy({ allow: [{ actions: ["s3:GetObject", "s3:ListBucket"], resources: ["*"] }] });
    const { out, err, code } = await lambdaCoverage(
      [
        "combine",
        "s3://my-bucket/coverage/2026/",
        "--output-key",
        "coverage/combined/x.json",
        "--format",
        "text,lcov",
      ],
      env,
    );
    await s3.setPolicy();
    expect(code).toBe(1);
    expect(out).toContain("app.js");
    expect(err).toContain(path.join("coverage-report", "lcov.info"));
    expect(err).toContain("Allow s3:PutObject on");
  });

  test("sums of parts, made apart, report as all files do", async () => {
    const all = await summaryOf(["combine", "s3://my-bucket/coverage/2026/"], env);
    const sums = "s3://my-bucket/coverage/sums/";
    for (const [index, key] of keys.entries()) {
      const args = ["combine", `s3://my-bucket/${key}`, "--sum", `${sums}${index}.coverage`];
      expect((await lambdaCoverage(args, env)).out).toBe("1 coverage file added up\n");
    }
    const summed = await summaryOf(["combine", sums], env);
    expect(summed).toMatchObject({ code: 0, files_processed: 3 });
    expect(summed.totals).toEqual(all.totals);

    // The same in folders: what was summed to a file and copied beside the scripts.
    const copy = path.join(work, "copy");
    await cp(path.join(bucket, "coverage-scripts"), path.join(copy, "coverage-scripts"), { recursive: true });
    const local = ["combine", bucket, "--sum", path.join(copy, "coverage", "all.coverage")];
    expect(await summaryOf(local)).toMatchObject({ code: 0, files_processed: 3, files_skipped: 0 });
    expect((await summaryOf(["combine", copy])).totals).toEqual(all.totals);

    expect((await lambdaCoverage(["combine", bucket, "--sum", "sum.json"])).code).toBe(2);
    expect((await lambdaCoverage(["combine", bucket, "--sum", "a.coverage", "--fail-under", "1"])).code).toBe(
      2,
    );
  });

  test("report says what to do with a coverage file; combine takes it", async () => {
    const location = `s3://my-bucket/${keys[0]}`;
    const { err, code } = await lambdaCoverage(["report", location], env);
    expect(code).toBe(2);
    expect(err).toContain(`lambda-coverage combine ${location}`);
    expect(await summaryOf(["combine", location], env)).toMatchObject({ code: 0, files_processed: 1 });
  });

  test("no permission names the action and the resource", async () => {
    await s3.setPolicy({ allow: [{ actions: ["s3:GetObject"], resources: ["*"] }] });
    const { err, code } = await lambdaCoverage(["combine", "s3://my-bucket/coverage/"], env);
    await s3.setPolicy();
    expect(code).toBe(1);
    expect(err).toContain("Allow s3:ListBucket on arn:aws:s3:::my-bucket.");
  });
});

test("a foreign file under the prefix is no coverage, and alone it is an error", async () => {
  const foreign = path.join(work, "foreign");
  await mkdir(foreign);
  await writeFile(path.join(foreign, "x.coverage"), gzipSync(JSON.stringify({ files: {}, totals: {} })));
  const { code, err } = await lambdaCoverage(["combine", foreign]);
  expect(code).toBe(4);
  expect(err).toContain("x.coverage");
});
