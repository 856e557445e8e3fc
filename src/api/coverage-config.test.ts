import { describe, expect, test } from "vitest";
import { settingsTable } from "../contract/settings.ts";
import { CoverageConfig } from "./coverage-config.ts";
import { CoverageInitializationError } from "./errors.ts";

describe("CoverageConfig", () => {
  test("the spec's defaults", () => {
    expect(new CoverageConfig({ s3Bucket: "my-bucket" }).toJSON()).toMatchObject({
      s3_bucket: "my-bucket",
      s3_prefix: "coverage/",
      upload_timeout: 30,
      branch_coverage: true,
      debug: false,
    });
  });

  test("from the environment, every setting of the table", () => {
    const config = CoverageConfig.fromEnvironment({
      COVERAGE_S3_BUCKET: "my-bucket",
      COVERAGE_S3_PREFIX: "cov/",
      COVERAGE_UPLOAD_TIMEOUT: "5",
      COVERAGE_INCLUDE_PATTERNS: "src/*,lib/*",
      COVERAGE_DEBUG: "true",
    });
    expect(config).toMatchObject({
      s3Bucket: "my-bucket",
      s3Prefix: "cov/",
      uploadTimeout: 5,
      includePatterns: ["src/*", "lib/*"],
      debug: true,
    });
    expect(Object.keys(config)).toHaveLength(Object.keys(settingsTable).length);
    expect(CoverageConfig.fromSettings(config.toSettings())).toEqual(config);
  });

  test("cached as long as the variables stay the same", () => {
    const env = { COVERAGE_S3_BUCKET: "my-bucket", OTHER: "1" };
    const first = CoverageConfig.fromEnvironment(env);
    expect(CoverageConfig.fromEnvironment({ ...env, OTHER: "2" })).toBe(first);
    expect(CoverageConfig.fromEnvironment({ ...env, COVERAGE_DEBUG: "1" }).debug).toBe(true);
  });

  test("frozen, its lists too", () => {
    const config = new CoverageConfig({ s3Bucket: "my-bucket", includePatterns: ["a"] });
    expect(() => Object.assign(config, { debug: true })).toThrow(TypeError);
    expect(() => config.includePatterns.push("b")).toThrow(TypeError);
  });

  test("no bucket, bad values: an error that names each", () => {
    expect(() => CoverageConfig.fromEnvironment({})).toThrow(
      expect.objectContaining({ name: "CoverageInitializationError", code: "BucketMissing" }),
    );
    const env = {
      COVERAGE_S3_BUCKET: "my-bucket",
      COVERAGE_UPLOAD_TIMEOUT: "soon",
      COVERAGE_UPLOAD: "never",
    };
    const error = caught(() => CoverageConfig.fromEnvironment(env));
    expect(error).toBeInstanceOf(CoverageInitializationError);
    expect(error).toMatchObject({ code: "InvalidSetting" });
    expect(error.message).toContain('COVERAGE_UPLOAD_TIMEOUT="soon" is not a number from 0.1 to 900');
    expect(error.message).toContain('COVERAGE_UPLOAD="never" is not every, new');
  });

  test.each([
    [{ s3Bucket: "Bad_Bucket" }, "s3Bucket"],
    [{ s3Bucket: "my-bucket", uploadTimeout: "30" }, "uploadTimeout"],
    [{ s3Bucket: "my-bucket", sampleRate: 2 }, "sampleRate"],
    [{ s3Bucket: "my-bucket", includePatterns: "src/*" }, "includePatterns"],
    [{ s3Bucket: "my-bucket", logLevel: "loud" }, "logLevel"],
    [{ s3Bucket: "my-bucket", s3bucket: "typo" }, "s3bucket is not a setting"],
  ])("%j is refused", (fields, named) => {
    expect(caught(() => new CoverageConfig(fields as never)).message).toContain(named);
  });

  test("a pattern with a comma in braces is one pattern", () => {
    const config = new CoverageConfig({ s3Bucket: "my-bucket", includePatterns: ["src/{a,b}/**"] });
    expect(config.toSettings().includePatterns).toEqual(["src/{a,b}/**"]);
  });
});

function caught(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}
