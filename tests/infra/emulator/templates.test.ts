/** The synthesised templates against CloudFormation's own resource schemas, as cfn-lint brings them. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { buildApp } from "../../../infra/build-app.ts";

const folder = mkdtempSync(join(tmpdir(), "coverage-lint-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function lint(template: string, regions: string[]): Promise<string[]> {
  // W3005: the CDK always repeats a role in DependsOn.
  const parameters = [
    "--ignore-checks",
    "W3005",
    "--format",
    "json",
    "--regions",
    ...regions,
    "--template",
    template,
  ];
  const run = promisify(execFile)(".cache/infra-tools/bin/cfn-lint", parameters, { maxBuffer: 1e8 });
  const { stdout } = await run.catch((error: { stdout?: string; code?: unknown }) => {
    if (typeof error.code === "number" && error.stdout) return { stdout: error.stdout };
    throw error;
  });
  const findings = JSON.parse(stdout) as {
    Rule: { Id: string };
    Message: string;
    Location: { Path: unknown[] };
  }[];
  return findings.map((it) => `${it.Rule.Id} ${it.Location.Path.join("/")}: ${it.Message}`);
}

test("cfn-lint finds nothing in either stack, in any of these regions", async () => {
  buildApp({ props: { outdir: folder } }).synth();
  for (const stack of ["LambdaCoverageLayerStack", "LambdaCoverageTestStack"]) {
    const template = join(folder, `${stack}.template.json`);
    expect(await lint(template, ["us-east-1", "eu-west-1", "cn-north-1", "us-gov-west-1"])).toEqual([]);
  }
});
