import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { EC2Client } from "@aws-sdk/client-ec2";
import { IAMClient } from "@aws-sdk/client-iam";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { S3Client } from "@aws-sdk/client-s3";
import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { Code, Function as LambdaFunction, LayerVersion, Runtime } from "aws-cdk-lib/aws-lambda";
import { Bucket } from "aws-cdk-lib/aws-s3";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { writeZip } from "../../scripts/layer-zip.ts";
import { enableCoverage } from "../../src/cdk/index.ts";
import { formatLayerDescription } from "../../src/contract/runtimes.ts";
import { examineDeployed } from "../../src/doctor/examine-deployed.ts";
import { examineTemplate } from "../../src/doctor/examine-template.ts";
import { probeFolder, probeZip } from "../../src/probe-package/index.ts";
import { readZip, writeZip as writeEntries } from "../../src/probe-package/zip-file.ts";
import { type AwsAnswer, type AwsRequest, startAwsEndpoint } from "./aws-endpoint.ts";

const layer = "arn:aws:lambda:eu-west-1:111122223333:layer:lambda-coverage-layer:7";

interface World {
  configuration: Record<string, unknown>;
  environment: Record<string, string>;
  /** Status and region of the bucket. */
  bucket: { status: number; region: string };
  denied: string[];
  files: number;
  routes: string;
  endpoints: string;
  forbidden: string[];
  /** Of layers by ARN; those without one may not be read. */
  descriptions: Record<string, string>;
  /** The zip that is deployed. */
  package: Buffer;
}

/** A package with one file, as it is and probed. */
let bare: Buffer;
let probed: Buffer;
let world: World;
let aws: Awaited<ReturnType<typeof startAwsEndpoint>>;
const folder = mkdtempSync(join(tmpdir(), "coverage-doctor-"));

beforeAll(async () => {
  const bytes = Buffer.from("exports.handler = async (event) => event.n ?? 1;\n");
  bare = await writeZip([{ path: "index.js", bytes, executable: false }]);
  const zip = join(folder, "orders.zip");
  writeFileSync(zip, bare);
  await probeZip(zip);
  probed = readFileSync(zip);
});
beforeEach(async () => {
  world = {
    configuration: { Runtime: "nodejs24.x", Timeout: 10, Layers: [{ Arn: layer }] },
    environment: { AWS_LAMBDA_EXEC_WRAPPER: "/opt/coverage-wrapper", COVERAGE_S3_BUCKET: "my-coverage" },
    bucket: { status: 200, region: "eu-west-1" },
    denied: [],
    files: 3,
    routes: "",
    endpoints: "",
    forbidden: [],
    descriptions: {},
    package: bare,
  };
  aws = await startAwsEndpoint(answer);
});
afterEach(() => aws.stop());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function answer(request: AwsRequest): AwsAnswer {
  if (world.forbidden.includes(request.service)) return forbidden(request.service);
  if (request.url.pathname === "/package.zip") return { body: world.package };
  if (request.service === "lambda") return lambda(request);
  if (request.service === "iam") return iam(request.form);
  if (request.service === "ec2") return ec2(request.form.get("Action") ?? "");
  if (request.method === "HEAD") {
    return { status: world.bucket.status, headers: { "x-amz-bucket-region": world.bucket.region } };
  }
  return {
    body: `<ListBucketResult><KeyCount>${world.files}</KeyCount><IsTruncated>false</IsTruncated></ListBucketResult>`,
  };
}

function forbidden(service: string): AwsAnswer {
  const message = `User: arn:aws:iam::111122223333:user/me is not authorized to perform: ${service}:Something`;
  return {
    status: 403,
    body: `<ErrorResponse><Error><Code>AccessDenied</Code><Message>${message}</Message></Error></ErrorResponse>`,
  };
}

function lambda({ url }: AwsRequest): AwsAnswer {
  if (url.searchParams.get("find") === "LayerVersion") {
    const description = world.descriptions[url.searchParams.get("Arn") ?? ""];
    if (description === undefined)
      return { status: 403, headers: { "x-amzn-errortype": "AccessDeniedException" }, body: "{}" };
    return {
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ Description: description }),
    };
  }
  if (url.pathname === "/2015-03-31/functions/orders") {
    const body = JSON.stringify({ Code: { Location: `${aws.endpoint}/package.zip` } });
    return { headers: { "content-type": "application/json" }, body };
  }
  const name = /^\/2015-03-31\/functions\/([^/]+)\/configuration$/.exec(url.pathname)?.[1];
  if (name !== "orders") {
    return {
      status: 404,
      headers: { "x-amzn-errortype": "ResourceNotFoundException" },
      body: '{"Message":"Function not found"}',
    };
  }
  const body = {
    FunctionName: "orders",
    Role: "arn:aws:iam::111122223333:role/orders",
    PackageType: "Zip",
    Environment: { Variables: world.environment },
    ...world.configuration,
  };
  return { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

function iam(form: URLSearchParams): AwsAnswer {
  const action = form.get("ActionNames.member.1") ?? "";
  const resource = form.get("ResourceArns.member.1") ?? "";
  const isDenied = world.denied.some((text) => `${action} ${resource}`.startsWith(text));
  const decision = isDenied ? "implicitDeny" : "allowed";
  const member = `<member><EvalActionName>${action}</EvalActionName><EvalDecision>${decision}</EvalDecision></member>`;
  const result = `<SimulatePrincipalPolicyResult><EvaluationResults>${member}</EvaluationResults></SimulatePrincipalPolicyResult>`;
  return { body: `<SimulatePrincipalPolicyResponse>${result}</SimulatePrincipalPolicyResponse>` };
}

function ec2(action: string): AwsAnswer {
  if (action === "DescribeVpcEndpoints") {
    return {
      body: `<DescribeVpcEndpointsResponse><vpcEndpointSet>${world.endpoints}</vpcEndpointSet></DescribeVpcEndpointsResponse>`,
    };
  }
  const association = "<associationSet><item><main>true</main></item></associationSet>";
  const table = `<item><routeTableId>rtb-1</routeTableId><routeSet>${world.routes}</routeSet>${association}</item>`;
  return {
    body: `<DescribeRouteTablesResponse><routeTableSet>${table}</routeTableSet></DescribeRouteTablesResponse>`,
  };
}

async function run(...parameters: string[]) {
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_REGION: "eu-west-1",
    AWS_MAX_ATTEMPTS: "1",
  };
  const options = ["--import", "tsx", "src/cli/main.ts", "doctor", ...parameters];
  const done = await promisify(execFile)(process.execPath, options, { env }).catch(
    (error) => error as { code: number; stdout: string; stderr: string },
  );
  return { code: 0, ...done };
}

/** Codes of what is not fine, problems with a !, by the real SDK clients. */
async function complaints(): Promise<string[]> {
  const config = {
    region: "eu-west-1",
    endpoint: aws.endpoint,
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" },
    maxAttempts: 1,
  };
  const clients = {
    lambda: new LambdaClient(config),
    s3: new S3Client({ ...config, forcePathStyle: true }),
    iam: new IAMClient(config),
    ec2: async () => new EC2Client(config),
  };
  const findings = await examineDeployed(clients, "orders", new Date());
  const bad = findings.filter((finding) => finding.severity !== "fine");
  for (const finding of bad) expect(finding.fix).toBeTruthy();
  return bad.map(({ code, severity }) => (severity === "problem" ? `${code}!` : code));
}

test("a function that works: nothing to do, exit 0, and what was looked at is shown", async () => {
  const { code, stdout } = await run("orders");
  expect(code).toBe(0);
  expect(stdout).toMatch(/✓ layer .*lambda-coverage-layer:7/);
  expect(stdout).toMatch(/✓ bucket my-coverage in eu-west-1/);
  expect(stdout).toMatch(/✓ the role may put coverage files/);
  expect(stdout).toMatch(/✓ 6 coverage files since yesterday/);
  expect(stdout).toMatch(/Nothing keeps coverage from arriving\.\n$/);
});

test("a bare function: each thing that is missing, with its fix, and exit 1", async () => {
  world.configuration = { Runtime: "nodejs24.x", Timeout: 1 };
  world.environment = { COVERAGE_S3_BUKET: "my-coverage" };
  const { code, stdout } = await run("orders");
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /✗ The function has no layers\.[^\n]*\n +aws lambda update-function-configuration --function-name orders/,
  );
  expect(stdout).toMatch(/✗ COVERAGE_S3_BUCKET is not set/);
  expect(stdout).toMatch(
    /! COVERAGE_S3_BUKET is not a setting of this layer; did you mean COVERAGE_S3_BUCKET\?/,
  );
  expect(stdout).toMatch(/! AWS_LAMBDA_EXEC_WRAPPER is not set/);
  expect(stdout).toMatch(/! The timeout is 1 s/);
  expect(stdout).toMatch(/2 problems keep coverage from arriving\.\n$/);
});

test("what the configuration tells", async () => {
  world.environment.AWS_LAMBDA_EXEC_WRAPPER = "/opt/otel-handler";
  world.environment.COVERAGE_SAMPLE_RATE = "0.1";
  expect(await complaints()).toEqual(["OtherWrapper!", "Sampled"]);

  world.environment = {
    AWS_LAMBDA_EXEC_WRAPPER: "/opt/coverage-wrapper",
    COVERAGE_NEXT_WRAPPER: "/opt/coverage-wrapper",
  };
  Object.assign(world.environment, {
    COVERAGE_S3_BUCKET: "My_Bucket",
    COVERAGE_ENABLED: "false",
    NODE_V8_COVERAGE: "/tmp/v8",
  });
  expect(await complaints()).toEqual([
    "WrapperLoop!",
    "BadSetting",
    "NoBucket!",
    "Disabled!",
    "NodeV8Coverage!",
  ]);

  world.configuration.Layers = [{ Arn: layer.replace("layer:7", "layer-python:2") }];
  world.environment = { AWS_LAMBDA_EXEC_WRAPPER: "/opt/coverage-wrapper", COVERAGE_S3_BUCKET: "my-coverage" };
  expect(await complaints()).toEqual(["WrongLayer!"]);

  world.configuration = { PackageType: "Image" };
  expect(await complaints()).toEqual(["ContainerImage!"]);
  world.configuration = { Runtime: "python3.13", SnapStart: { ApplyOn: "PublishedVersions" } };
  expect(await complaints()).toEqual(["SnapStart!"]);
  world.configuration = { Runtime: "provided.al2023" };
  expect(await complaints()).toEqual(["UnsupportedRuntime!"]);
});

test("our layer is known by its description; a layer that may not be read is not called a problem", async () => {
  const theirs = layer.replace("lambda-coverage-layer:7", "platform-observability:3");
  world.configuration.Layers = [{ Arn: theirs }];
  expect(await complaints()).toEqual(["unchecked"]);
  world.descriptions = { [theirs]: "tracing" };
  expect(await complaints()).toEqual(["NoLayer!"]);
  world.descriptions = { [theirs]: formatLayerDescription("nodejs", "1.2.3") };
  expect(await complaints()).toEqual([]);
  world.descriptions = { [theirs]: formatLayerDescription("python", "1.2.3") };
  expect(await complaints()).toEqual(["WrongLayer!"]);
});

test("bucket gone, or in another region; permissions missing; nothing arriving", async () => {
  world.bucket = { status: 404, region: "eu-west-1" };
  expect(await complaints()).toEqual(["NoSuchBucket!"]);
  world.bucket = { status: 200, region: "us-east-1" };
  world.files = 0;
  expect(await complaints()).toEqual(["BucketRegion", "NothingArrived"]);
  world.bucket = { status: 403, region: "eu-west-1" };
  world.files = 1;
  world.denied = ["s3:PutObject arn:aws:s3:::my-coverage/coverage/"];
  expect(await complaints()).toEqual(["NoPermission!"]);
  world.denied = ["s3:GetObject"];
  expect(await complaints()).toEqual(["NoGetPermission"]);
  const { stdout } = await run("orders");
  expect(stdout).toContain(
    'Add to the role: {"Effect":"Allow","Action":["s3:GetObject"],"Resource":["arn:aws:s3:::my-coverage/coverage-scripts/*"]}',
  );
});

test("a VPC: without a route, with a public subnet's only, with NAT, with a gateway endpoint", async () => {
  world.configuration.VpcConfig = { VpcId: "vpc-1", SubnetIds: ["subnet-1"], SecurityGroupIds: ["sg-1"] };
  const route = (target: string) =>
    `<item><destinationCidrBlock>0.0.0.0/0</destinationCidrBlock>${target}</item>`;
  expect(await complaints()).toEqual(["VpcWithoutS3!"]);
  world.routes = route("<gatewayId>igw-1</gatewayId>");
  expect(await complaints()).toEqual(["VpcWithoutS3!"]);
  world.routes = route("<natGatewayId>nat-1</natGatewayId>");
  expect(await complaints()).toEqual([]);
  world.routes = "";
  world.endpoints =
    "<item><serviceName>com.amazonaws.eu-west-1.s3</serviceName><vpcEndpointType>Gateway</vpcEndpointType>" +
    "<routeTableIdSet><item>rtb-1</item></routeTableIdSet></item>";
  expect(await complaints()).toEqual([]);
});

test("what may not be looked at is said, with AWS's words; it is no problem of the function", async () => {
  world.forbidden = ["iam"];
  const { code, stdout } = await run("orders");
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /\? not checked: whether the role may store coverage \(AccessDenied.*not authorized to perform: iam:/,
  );
});

/** The probed package with one of its files changed. */
async function changed(isWanted: (path: string) => boolean, bytes: Buffer): Promise<Buffer> {
  const entries = await readZip(probed);
  const changedOnes = entries.map((entry) => (isWanted(entry.path) ? { ...entry, bytes } : entry));
  expect(changedOnes).not.toEqual(entries);
  return writeEntries(changedOnes);
}

test("probed copies: none, fitting, stale, damaged, without a manifest that can be read", async () => {
  expect((await run("orders")).stdout).toMatch(/✓ V8 counts: the package holds no probed copies/);
  world.environment.COVERAGE_COLLECTOR = "probes";
  expect(await complaints()).toEqual(["NoProbes!"]);
  world.package = probed;
  expect(await complaints()).toEqual([]);
  expect((await run("orders")).stdout).toMatch(/✓ 1 file probed, and the copies fit/);
  world.package = await changed((path) => path === "index.js", Buffer.from("exports.handler = 1;\n"));
  expect(await complaints()).toEqual(["StaleCopy"]);
  for (const kind of ["copies", "plans"]) {
    world.package = await changed((path) => path.includes(`/${kind}/`), Buffer.from("cut"));
    expect(await complaints()).toEqual(["StaleCopy"]);
  }
  world.package = await changed((path) => path.endsWith("manifest.json"), Buffer.from("{"));
  expect(await complaints()).toEqual(["NoProbes!"]);
  world.environment.COVERAGE_COLLECTOR = "auto";
  expect(await complaints()).toEqual(["BadProbes"]);
  world.environment.COVERAGE_COLLECTOR = "v8";
  expect(await complaints()).toEqual([]);
  world.package = Buffer.from("no zip");
  expect(await complaints()).toEqual(["unchecked"]);
});

test("a template's packages, where they lie beside it", async () => {
  const at = join(folder, "cdk.out");
  mkdirSync(join(at, "asset.1"), { recursive: true });
  writeFileSync(join(at, "asset.1/index.js"), "exports.handler = async () => 1;\n");
  writeFileSync(join(at, "asset.1/other.mjs"), "export const n = 1;\n");
  await probeFolder(join(at, "asset.1"), { exclude: ["other.mjs"] });
  const metadata = { "aws:asset:path": "asset.1" };
  const resource = { ...lambdaResource({ COVERAGE_COLLECTOR: "probes" }), Metadata: metadata };
  writeFileSync(join(at, "Shop.template.json"), JSON.stringify({ Resources: { Orders: resource } }));
  const { stdout } = await run("--template", join(at, "Shop.template.json"));
  expect(stdout).toMatch(/✓ 1 file probed, and the copies fit; without a copy: other\.mjs/);
});

test("no such function, no name: one sentence and what to do", async () => {
  const gone = await run("ordres");
  expect(gone).toMatchObject({ code: 1, stdout: "" });
  expect(gone.stderr).toMatch(/There is no function ordres in eu-west-1\..*\n +Check the name/);
  expect(await run()).toMatchObject({ code: 2 });
});

const sam = `
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: nodejs24.x
    Environment:
      Variables:
        COVERAGE_S3_BUCKET: !Ref CoverageBucket
Resources:
  CoverageBucket: { Type: AWS::S3::Bucket }
  Good:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.handler
      Timeout: 10
      Layers: [!Sub "arn:\${AWS::Partition}:lambda:eu-west-1:111122223333:layer:lambda-coverage-layer:7"]
      Environment: { Variables: { AWS_LAMBDA_EXEC_WRAPPER: /opt/coverage-wrapper } }
      Policies:
        - S3WritePolicy: { BucketName: !Ref CoverageBucket }
  Bad:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.handler
      Environment: { Variables: { AWS_LAMBDA_EXEC_WRAPPER: /opt/bootstrap } }
`;

test("a SAM template, before it is deployed", async () => {
  const examined = await examineTemplate(sam);
  const codes = examined.map((fn) => [
    fn.logicalId,
    fn.findings.filter((finding) => finding.severity === "problem").map((finding) => finding.code),
  ]);
  expect(codes).toEqual([
    ["Good", []],
    ["Bad", ["NoLayer", "OtherWrapper", "NoPermission"]],
  ]);
  const file = join(folder, "template.yaml");
  writeFileSync(file, sam);
  expect(await run("Good", "--template", file)).toMatchObject({ code: 0 });
  expect((await run("--template", file)).code).toBe(1);
});

test("all of a template: functions that are not meant to have coverage are no problem, unless named", async () => {
  const text = JSON.stringify({
    Resources: {
      Combiner: lambdaResource({ COVERAGE_S3_BUCKET: "my-coverage", COVERAGE_ENABLED: "false" }),
      Unrelated: lambdaResource({ STAGE: "dev" }),
    },
  });
  const problems = async (logicalId?: string) => {
    const findings = (await examineTemplate(text, { logicalId })).flatMap((fn) => fn.findings);
    return findings.filter((it) => it.severity === "problem").map((it) => it.code);
  };
  expect(await problems()).toEqual([]);
  expect(await problems("Combiner")).toContain("Disabled");
  expect(await problems("Unrelated")).toContain("NoLayer");
});

function lambdaResource(Variables: Record<string, string>) {
  const Properties = { Runtime: "nodejs24.x", Handler: "index.handler", Environment: { Variables } };
  return { Type: "AWS::Lambda::Function", Properties };
}

test("what enableCoverage synthesises has nothing to complain about", async () => {
  const stack = new Stack(new App(), "Shop");
  const fn = new LambdaFunction(stack, "Orders", {
    runtime: Runtime.NODEJS_24_X,
    handler: "index.handler",
    code: Code.fromInline("exports.handler = async () => 1"),
  });
  const bucket = Bucket.fromBucketName(stack, "Coverage", "my-coverage");
  enableCoverage(fn, { bucket, layer: LayerVersion.fromLayerVersionArn(stack, "L", layer) });
  const [examined] = await examineTemplate(JSON.stringify(Template.fromStack(stack).toJSON()));
  expect(examined?.findings.filter((finding) => finding.severity !== "fine")).toEqual([]);
});
