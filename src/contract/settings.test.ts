import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nearestName, readSettings, settingsTable } from "./settings.ts";

const variables = Object.values(settingsTable).map((row) => row.env);

describe("readSettings", () => {
  test("nothing set: the documented defaults", () => {
    expect(readSettings({})).toEqual({
      settings: {
        s3Bucket: undefined,
        s3Prefix: "coverage/",
        uploadTimeoutSeconds: 30,
        includePatterns: [],
        excludePatterns: ["**/node_modules/**"],
        branchCoverage: true,
        logLevel: "INFO",
        debug: false,
        enabled: true,
        collector: "auto",
        granularity: "block",
        exactWindows: true,
        stacks: false,
        sampleRate: 1,
        upload: "every",
        uploadSources: true,
        healthCheckPath: undefined,
        metrics: false,
      },
      problems: [],
    });
  });

  test("the readme's values", () => {
    const { settings, problems } = readSettings({
      COVERAGE_S3_BUCKET: "your-coverage-bucket-name",
      COVERAGE_UPLOAD_TIMEOUT: "30",
      COVERAGE_BRANCH_COVERAGE: "true",
      COVERAGE_INCLUDE_PATTERNS: "src/*, lib/*",
      COVERAGE_EXCLUDE_PATTERNS: "tests/*,vendor/*",
      COVERAGE_LOG_LEVEL: "debug",
    });
    expect(problems).toEqual([]);
    expect(settings).toMatchObject({
      s3Bucket: "your-coverage-bucket-name",
      includePatterns: ["src/*", "lib/*"],
      excludePatterns: ["tests/*", "vendor/*"],
      logLevel: "DEBUG",
    });
  });

  test.each([
    ["COVERAGE_S3_BUCKET", "My_Bucket"],
    ["COVERAGE_UPLOAD_TIMEOUT", "soon"],
    ["COVERAGE_UPLOAD_TIMEOUT", "-1"],
    ["COVERAGE_UPLOAD_TIMEOUT", " "],
    ["COVERAGE_SAMPLE_RATE", "1.5"],
    ["COVERAGE_SAMPLE_RATE", "NaN"],
    ["COVERAGE_LOG_LEVEL", "LOUD"],
    ["COVERAGE_ENABLED", "maybe"],
    ["COVERAGE_GRANULARITY", "line"],
    ["COVERAGE_UPLOAD", "sometimes"],
  ])("%s=%s: the default, and a problem that names variable, value and what is allowed", (env, value) => {
    const { settings, problems } = readSettings({ [env]: value });
    expect(settings).toEqual(readSettings({}).settings);
    expect(problems).toEqual([
      { env, value, message: expect.stringContaining(`${env}=${JSON.stringify(value)} is not `) },
    ]);
  });

  test("an empty value counts as unset", () => {
    expect(readSettings(Object.fromEntries(variables.map((name) => [name, ""])))).toEqual(readSettings({}));
  });

  test("an unknown variable is a problem with the nearest name; a known one of other tools is none", () => {
    expect(readSettings({ COVERAGE_S3_BUKET: "x" }).problems[0]?.message).toContain(
      "did you mean COVERAGE_S3_BUCKET?",
    );
    expect(readSettings({ COVERAGE_ZZZZZZZZZZZZZZZZZZZ: "x" }).problems[0]?.message).not.toContain(
      "did you mean",
    );
    expect(
      readSettings({ COVERAGE_RCFILE: "x", COVERAGE_NEXT_WRAPPER: "/opt/x", OTHER: "y" }).problems,
    ).toEqual([]);
  });

  test("any environment: never throws, every setting has a value of its type", () => {
    const { settings: defaults } = readSettings({});
    const env = fc.dictionary(fc.oneof(fc.constantFrom(...variables), fc.string()), fc.string());
    fc.assert(
      fc.property(env, (any) => {
        const { settings } = readSettings(any);
        for (const [name, value] of Object.entries(settings)) {
          const fallback = defaults[name as keyof typeof defaults];
          if (fallback !== undefined) expect(typeof value).toBe(typeof fallback);
        }
      }),
    );
  });
});

test("each variable one edit away finds its own name", () => {
  for (const name of variables) {
    for (let at = 9; at < name.length; at++) {
      const dropped = name.slice(0, at) + name.slice(at + 1);
      if (!variables.includes(dropped)) expect(nearestName(dropped, variables)).toBe(name);
    }
  }
});
