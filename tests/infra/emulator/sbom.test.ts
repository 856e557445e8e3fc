/** The bills of materials against CycloneDX's own schema. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { npmPackages } from "../../../src/release/bundled-packages.ts";
import { readArchive } from "../../../src/release/layer-archive.ts";
import { layerSbom } from "../../../src/release/sbom.ts";

const validator = `
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
print(JsonStrictValidator(SchemaVersion.V1_6).validate_str(sys.stdin.read()) or "valid")
`;

function validate(bill: string): string {
  return execFileSync(".cache/infra-tools/bin/python", ["-c", validator], {
    input: bill,
    encoding: "utf8",
  }).trim();
}

test("the layer's bill of materials is valid CycloneDX 1.6 and names what the layer holds", async () => {
  const archive = readArchive("nodejs");
  const bill = await layerSbom(archive, npmPackages("."));
  expect(validate(bill)).toBe("valid");
  const { components } = JSON.parse(bill) as {
    components: { type: string; name: string; version?: string }[];
  };
  const locked = JSON.parse(readFileSync("package-lock.json", "utf8")).packages as Record<
    string,
    { version: string }
  >;
  const reports = components.find((component) => component.name === "istanbul-reports");
  expect(reports?.version).toBe(locked["node_modules/istanbul-reports"]?.version);
  expect(components.filter((component) => component.type === "file").map((file) => file.name)).toContain(
    "coverage-wrapper",
  );
  expect(await layerSbom(archive, npmPackages("."))).toBe(bill);
});

test("the validator would have found a wrong one", () => {
  expect(
    validate('{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"type":"nothing"}]}'),
  ).not.toBe("valid");
});
