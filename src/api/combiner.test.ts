import { readFileSync, rmSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startLocalS3 } from "../local/s3/start.ts";
import type { LocalS3 } from "../local/s3/types.ts";
import {
  combineCoverageFiles,
  coverageCombinerHandler,
  downloadCoverageFiles,
  mergeCoverageData,
  uploadCombinedReport,
} from "./combiner.ts";
import { CoverageCombineError } from "./errors.ts";
import { bucket, readObject, SampleBucket } from "./sample-bucket.fixture.ts";

let s3: LocalS3;
let sample: SampleBucket;
const before = { ...process.env };
beforeAll(async () => {
  s3 = await startLocalS3({ buckets: [bucket] });
  sample = new SampleBucket(s3);
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_REGION: s3.region,
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
  });
});
afterAll(async () => {
  process.env = before;
  await s3.stop();
});

interface CombinedJson {
  meta: { branch_coverage: boolean };
  totals: { percent_covered: number; covered_lines: number; num_statements: number; num_branches?: number };
  files: Record<string, { executed_lines: number[]; missing_lines: number[] }>;
}

async function readReport(key: string): Promise<CombinedJson> {
  return JSON.parse((await readObject(s3, key)).toString("utf8"));
}

describe("combineCoverageFiles", () => {
  beforeAll(async () => {
    for (const size of [0, 0, 5]) await sample.addRun("coverage/", size);
  });

  test("result in the spec's fields; the report lies at the key, other formats in a folder of its stem", async () => {
    const result = await combineCoverageFiles({
      bucketName: bucket,
      prefix: "coverage/",
      outputKey: "coverage/combined/daily-report.json",
    });
    expect(result).toEqual({
      files_processed: 3,
      files_skipped: 0,
      combined_coverage: expect.any(Number),
      output_location: `s3://${bucket}/coverage/combined/daily-report.json`,
      processing_time_ms: expect.any(Number),
      errors: [],
    });
    const report = await readReport("coverage/combined/daily-report.json");
    expect(report.totals.percent_covered).toBe(result.combined_coverage);
    // `never` is the one function that never ran: line 8 of the source.
    expect(Object.values(report.files).map((file) => file.missing_lines)).toEqual([[8]]);
    const folder = await sample.keys("coverage/combined/daily-report/");
    for (const name of ["coverage-final.json", "lcov.info", "cobertura.xml", "html/index.html"]) {
      expect(folder).toContain(`coverage/combined/daily-report/${name}`);
    }
  });

  test("COVERAGE_BRANCH_COVERAGE=false: statements only", async () => {
    const outputKey = "coverage/combined/statements.json";
    process.env.COVERAGE_BRANCH_COVERAGE = "false";
    try {
      await combineCoverageFiles({ bucketName: bucket, prefix: "coverage/", outputKey });
    } finally {
      delete process.env.COVERAGE_BRANCH_COVERAGE;
    }
    const { meta, totals } = await readReport(outputKey);
    expect(meta.branch_coverage).toBe(false);
    expect(totals.num_branches).toBeUndefined();
    const lcov = await readObject(s3, "coverage/combined/statements/lcov.info");
    expect(lcov.toString("utf8")).not.toContain("BRDA:");
  });

  test("its own reports are no input: a second run counts the same files", async () => {
    const again = await coverageCombinerHandler({ bucket, prefix: "coverage/" });
    expect(again).toMatchObject({ files_processed: 3, files_skipped: 0 });
    expect(again.output_location).toBe(`s3://${bucket}/coverage/combined-report.json`);
  });

  test("what cannot be read is skipped, counted and named", async () => {
    await sample.addRun("broken/", 5);
    await sample.put("broken/2026/11/20/orders-100000000-x.coverage", Buffer.from("no gzip"));
    const result = await combineCoverageFiles({ bucketName: bucket, prefix: "broken/" });
    expect(result).toMatchObject({ files_processed: 1, files_skipped: 1 });
    expect(result.errors).toEqual([expect.stringContaining("orders-100000000-x.coverage: corrupt")]);
    expect(result.output_location).toMatch(/broken\/combined\/\d{4}-\d\d-\d\dT\d{6}Z\.json$/);
  });

  test.each([
    ["no files", { bucketName: bucket, prefix: "nothing/" }, "NoCoverageFiles"],
    ["no bucket", { bucketName: "no-such-bucket" }, "NoSuchBucket"],
  ])("%s: an error with a code, never 100 %", async (_name, options, code) => {
    const error = await combineCoverageFiles(options).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(CoverageCombineError);
    expect(error).toMatchObject({ code, details: { remedy: expect.any(String) } });
  });
});

describe("near the deadline", () => {
  test("a partial sum is stored, and going on from it gives the report of all files", async () => {
    for (const size of [0, 5, 0, 0]) await sample.addRun("late/", size);
    const whole = await combineCoverageFiles({
      bucketName: bucket,
      prefix: "late/",
      outputKey: "whole.json",
    });

    const outOfTime = await coverageCombinerHandler(
      { bucket, prefix: "late/" },
      { getRemainingTimeInMillis: () => 0 },
    );
    expect(outOfTime).toMatchObject({ combined_coverage: null, continue_with: { bucket, prefix: "late/" } });
    expect(outOfTime.errors.at(-1)).toContain("continue_with");
    expect(outOfTime.output_location).toMatch(new RegExp(`^s3://${bucket}/late/sums/`));

    const continued = await coverageCombinerHandler(outOfTime.continue_with, {
      getRemainingTimeInMillis: () => 60_000,
    });
    expect(continued).toMatchObject({
      files_processed: 4,
      combined_coverage: whole.combined_coverage,
      output_location: `s3://${bucket}/late/combined-report.json`,
    });
    expect(continued.continue_with).toBeUndefined();
    expect((await readReport("late/combined-report.json")).files).toEqual(
      (await readReport("whole.json")).files,
    );
  });

  test("enough time: no partial sum is left behind", async () => {
    await sample.addRun("early/", 5);
    const result = await coverageCombinerHandler(
      { bucket, prefix: "early/" },
      { getRemainingTimeInMillis: () => 60_000 },
    );
    expect(result.combined_coverage).toBeGreaterThan(0);
    expect(await sample.keys("early/sums/")).toEqual([]);
  });
});

test("download, merge, upload: the same report as in one go", async () => {
  for (const size of [0, 5]) await sample.addRun("steps/", size);
  await combineCoverageFiles({ bucketName: bucket, prefix: "steps/", outputKey: "steps-whole.json" });

  const files = await downloadCoverageFiles({ bucketName: bucket, prefix: "steps/" });
  expect(files).toHaveLength(2);
  expect(JSON.parse(gunzipSync(readFileSync(files[0] as string)).toString())).toMatchObject({
    format: "lambda-coverage/1",
  });
  const merged = await mergeCoverageData(files);
  const location = await uploadCombinedReport({
    path: merged,
    bucketName: bucket,
    outputKey: "steps-merged.json",
  });
  expect(location).toBe(`s3://${bucket}/steps-merged.json`);
  const { files: inOneGo } = await readReport("steps-whole.json");
  const { files: inSteps } = await readReport("steps-merged.json");
  expect(inSteps).toEqual(inOneGo);
  rmSync((files[0] as string).split("/steps/")[0] as string, { recursive: true });
});

test("download takes inits along, and the scripts that only they name", async () => {
  await sample.addIdleWindow("window/");
  const files = await downloadCoverageFiles({ bucketName: bucket, prefix: "window/" });
  await uploadCombinedReport({ path: files[0] as string, bucketName: bucket, outputKey: "window.json" });
  const { files: reported } = await readReport("window.json");
  expect(reported["index.js"]).toMatchObject({ executed_lines: [10], missing_lines: [2, 3, 5, 8] });
  rmSync((files[0] as string).split("/window/")[0] as string, { recursive: true });
});
