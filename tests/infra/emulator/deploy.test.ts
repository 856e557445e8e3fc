/** The templates as synthesised, deployed by the CDK's own command line onto an AWS emulator. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { CloudFormationClient, DescribeStackResourcesCommand } from "@aws-sdk/client-cloudformation";
import { IAMClient } from "@aws-sdk/client-iam";
import {
  GetFunctionConfigurationCommand,
  GetLayerVersionByArnCommand,
  LambdaClient,
} from "@aws-sdk/client-lambda";
import { GetBucketPolicyCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildApp } from "../../../infra/build-app.ts";
import { layerZipPath } from "../../../src/cdk/index.ts";
import { examineDeployed } from "../../../src/doctor/examine-deployed.ts";
import { type Emulator, startEmulator } from "./ministack.ts";

/**
 * What ministack 1.5 cannot create: saved queries, and alarms on metric math; it also passes over a bucket's
 * lifecycle and encryption. All of these are checked by cfn-lint's schemas instead (templates.test.ts). docs/testing-infrastructure.md names them too.
 */
const unknownToEmulator = ["AWS::Logs::QueryDefinition", "AWS::CloudWatch::Alarm"];

const stacks = ["LambdaCoverageLayerStack", "LambdaCoverageTestStack"] as const;
const folder = mkdtempSync(join(tmpdir(), "coverage-deploy-"));
const assembly = join(folder, "cdk.out");
let emulator: Emulator;
let outputs: Record<string, Record<string, string>>;

async function cdk(...parameters: string[]): Promise<string> {
  const env = { ...process.env, ...emulator.env };
  const run = promisify(execFile)("node_modules/.bin/cdk", ["--app", assembly, ...parameters], {
    env,
    maxBuffer: 1e8,
  });
  const { stdout, stderr } = await run.catch((error) => {
    throw new Error(`cdk ${parameters.join(" ")} failed:\n${error.stderr}${error.stdout}`);
  });
  return stdout + stderr;
}

function templateOf(stack: string): { Resources: Record<string, { Type: string; Properties?: never }> } {
  return JSON.parse(readFileSync(join(assembly, `${stack}.template.json`), "utf8"));
}

function client<T>(Client: new (config: object) => T): T {
  return new Client({
    endpoint: emulator.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
}

beforeAll(async () => {
  buildApp({ props: { outdir: assembly } }).synth();
  for (const stack of stacks) {
    const template = templateOf(stack);
    for (const [id, { Type }] of Object.entries(template.Resources)) {
      if (unknownToEmulator.includes(Type)) delete template.Resources[id];
    }
    writeFileSync(join(assembly, `${stack}.template.json`), JSON.stringify(template));
  }
  emulator = await startEmulator();
  await cdk("bootstrap", "aws://000000000000/us-east-1");
  const file = join(folder, "outputs.json");
  await cdk("deploy", "--all", "--require-approval", "never", "--outputs-file", file);
  outputs = JSON.parse(readFileSync(file, "utf8"));
});

afterAll(async () => {
  await emulator?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function physicalIds(stack: string, type: string): Promise<Map<string, string>> {
  const answer = await client(CloudFormationClient).send(
    new DescribeStackResourcesCommand({ StackName: stack }),
  );
  const of = (answer.StackResources ?? []).filter((resource) => resource.ResourceType === type);
  return new Map(of.map((resource) => [resource.LogicalResourceId ?? "", resource.PhysicalResourceId ?? ""]));
}

test.each(stacks)("%s: each resource of its template is there", async (stack) => {
  const answer = await client(CloudFormationClient).send(
    new DescribeStackResourcesCommand({ StackName: stack }),
  );
  const states = new Map(
    (answer.StackResources ?? []).map((it) => [it.LogicalResourceId, it.ResourceStatus]),
  );
  const wanted = Object.keys(templateOf(stack).Resources);
  expect(wanted.length).toBeGreaterThan(15);
  expect(wanted.filter((id) => states.get(id) !== "CREATE_COMPLETE")).toEqual([]);
});

test.each(stacks)(
  "%s: functions are deployed with the layer's bytes and the real bucket's name",
  async (stack) => {
    const lambda = client(LambdaClient);
    const functions = await physicalIds(stack, "AWS::Lambda::Function");
    expect(functions.size).toBeGreaterThan(3);
    const zips = (["nodejs", "python"] as const).map((family) => statSync(layerZipPath(family)).size);
    for (const name of functions.values()) {
      const found = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
      expect(found.Environment?.Variables?.COVERAGE_S3_BUCKET).toBe(outputs[stack]?.BucketName);
      expect(found.Layers).toHaveLength(1);
      const layer = await lambda.send(new GetLayerVersionByArnCommand({ Arn: found.Layers?.[0]?.Arn }));
      expect(layer.Content?.CodeSize).toBe(found.Runtime?.startsWith("python") ? zips[1] : zips[0]);
      expect(layer.CompatibleRuntimes).toContain(found.Runtime);
    }
  },
);

test.each(stacks)("%s: the bucket refuses requests without TLS", async (stack) => {
  const s3 = new S3Client({
    endpoint: emulator.endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  const { Policy = "{}" } = await s3.send(new GetBucketPolicyCommand({ Bucket: outputs[stack]?.BucketName }));
  expect(JSON.parse(Policy).Statement).toContainEqual(
    expect.objectContaining({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } }),
  );
});

test("the doctor finds nothing wrong with a function as it was deployed", async () => {
  const config = {
    endpoint: emulator.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  };
  const clients = {
    lambda: new LambdaClient(config),
    s3: new S3Client({ ...config, forcePathStyle: true }),
    iam: new IAMClient(config),
    ec2: async () => undefined,
  };
  const name = outputs.LambdaCoverageTestStack?.MainTestFunctionName ?? "";
  const findings = await examineDeployed(clients, name, new Date());
  const codes = (severity: string) => findings.filter((it) => it.severity === severity).map((it) => it.code);
  expect(codes("problem")).toEqual([]);
  expect(codes("warning")).toEqual(["NothingArrived"]);
  expect(codes("fine")).toEqual(expect.arrayContaining(["runtime", "layer", "wrapper", "bucket"]));
});

test("a second deployment changes nothing, and what is destroyed is gone", async () => {
  expect(await cdk("deploy", "--all", "--require-approval", "never")).toMatch(/\(no changes\)/);
  await cdk("destroy", "LambdaCoverageTestStack", "--force");
  expect((await physicalIds("LambdaCoverageTestStack", "AWS::Lambda::Function")).size).toBe(0);
  expect((await physicalIds("LambdaCoverageLayerStack", "AWS::Lambda::Function")).size).toBeGreaterThan(3);
});
