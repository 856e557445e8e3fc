/** The specification's own list of names against what the package exports and returns. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as face from "../../src/api/index.ts";

const names = JSON.parse(
  readFileSync(new URL("../../docs/spec-names.json", import.meta.url), "utf8"),
) as Record<string, string[]>;

function camelCase(name: string): string {
  return name.replace(/_s3_/, "_S3_").replace(/_([a-zA-Z])/g, (_, letter: string) => letter.toUpperCase());
}

/** `prefix.field` of a section, without what comes after. */
function fieldsOf(section: string, prefix: string): string[] {
  const all = (names[section] ?? []).filter((name) => name.startsWith(`${prefix}.`));
  return all.map((name) => name.slice(prefix.length + 1)).filter((field) => /^\w+$/.test(field));
}

test("every function and class of the specification is exported", () => {
  const functions = (names.Functions ?? []).map((name) => name.replace(/^@/, ""));
  const classes = names["Classes and exceptions"] ?? [];
  const wanted = [...functions, ...classes].filter((name) => /^\w+$/.test(name)).map(camelCase);
  expect(wanted.length).toBeGreaterThan(20);
  expect(wanted.filter((name) => typeof (face as Record<string, unknown>)[name] !== "function")).toEqual([]);
});

test("a config, metadata and a health answer are JSON in the specification's names, all of them", () => {
  const section = "Classes and exceptions";
  const config = new face.CoverageConfig({ s3Bucket: "my-coverage-bucket" });
  expect(Object.keys(JSON.parse(JSON.stringify(config)))).toEqual(
    expect.arrayContaining(fieldsOf(section, "CoverageConfig")),
  );

  const metadata = new face.CoverageReportMetadata({
    functionName: "orders",
    executionId: "103000000-r",
    timestamp: new Date(0),
    s3Key: "k",
    fileSize: 1,
    coveragePercentage: 50,
    linesCovered: 1,
    linesTotal: 2,
    branchesCovered: 3,
    branchesTotal: 4,
  });
  const metadataFields = fieldsOf(section, "CoverageReportMetadata");
  expect(metadataFields).toHaveLength(10);
  expect(Object.keys(JSON.parse(JSON.stringify(metadata))).sort()).toEqual(metadataFields.sort());

  const health = {
    status: "unhealthy" as const,
    coverage_enabled: false,
    layer_version: "1.0.0",
    s3_config: { bucket: "b", prefix: "coverage/", status: "unknown" as const },
    timestamp: "2024-01-15T10:30:00.000Z",
    errors: ["e"],
    warnings: ["w"],
  };
  expect(Object.keys(health).sort()).toEqual(fieldsOf(section, "HealthCheckResponse").sort());
  expect(JSON.parse(JSON.stringify(face.HealthCheckResponse.fromJSON(health)))).toEqual(health);
});

test("status, layer info and S3 configuration have the specification's fields", () => {
  const returned = (name: string) => fieldsOf("Return fields", `${name}()`);
  expect(Object.keys(face.getCoverageStatus())).toEqual(
    expect.arrayContaining(returned("get_coverage_status")),
  );
  const info = returned("get_layer_info").map((field) => field.replace("python_version", "node_version"));
  expect(Object.keys(face.getLayerInfo()).sort()).toEqual(info.sort());
  process.env.COVERAGE_S3_BUCKET = "my-coverage-bucket";
  try {
    expect(Object.keys(face.getS3Config()).sort()).toEqual(returned("get_s3_config").sort());
  } finally {
    delete process.env.COVERAGE_S3_BUCKET;
  }
});
