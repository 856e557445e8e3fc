import { App, Duration, Stack } from "aws-cdk-lib";
import { Annotations, Match, Template } from "aws-cdk-lib/assertions";
import { experimental } from "aws-cdk-lib/aws-cloudfront";
import { GatewayVpcEndpointAwsService, type IVpc, SubnetType, Vpc } from "aws-cdk-lib/aws-ec2";
import { Repository } from "aws-cdk-lib/aws-ecr";
import { Role } from "aws-cdk-lib/aws-iam";
import { Key } from "aws-cdk-lib/aws-kms";
import {
  Code,
  DockerImageCode,
  DockerImageFunction,
  type FunctionProps,
  Function as LambdaFunction,
  LayerVersion,
  Runtime,
  SnapStartConf,
} from "aws-cdk-lib/aws-lambda";
import { Bucket } from "aws-cdk-lib/aws-s3";
import { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId } from "aws-cdk-lib/custom-resources";
import { expect, test } from "vitest";
import { CoverageBucket, type EnableCoverageOptions, enableCoverage } from "../../src/cdk/index.ts";
import { readSettings } from "../../src/contract/settings.ts";

const arn = (name: string) => `arn:aws:lambda:eu-west-1:111122223333:layer:${name}:7`;

function setUp(props: Partial<FunctionProps> = {}) {
  const stack = new Stack(new App(), "Shop", { env: { account: "111122223333", region: "eu-west-1" } });
  const bucket = new CoverageBucket(stack, "Coverage");
  const layer = LayerVersion.fromLayerVersionArn(stack, "Layer", arn("lambda-coverage-layer"));
  const pythonLayer = LayerVersion.fromLayerVersionArn(stack, "Py", arn("lambda-coverage-layer-python"));
  const add = (id: string, more: Partial<FunctionProps> = {}) =>
    new LambdaFunction(stack, id, {
      runtime: Runtime.NODEJS_24_X,
      handler: "index.handler",
      code: Code.fromInline("exports.handler = async () => 1"),
      ...props,
      ...more,
    });
  const options: EnableCoverageOptions = { bucket, layer, pythonLayer };
  return { stack, bucket, options, layer, add };
}

function functionsOf(stack: Stack): Record<string, { Properties: Record<string, never> }> {
  return Template.fromStack(stack).findResources("AWS::Lambda::Function") as never;
}

function only<T>(values: T[]): T {
  expect(values).toHaveLength(1);
  return values[0] as T;
}

test("one function gets layer, wrapper, variables and least-privilege grants", () => {
  const { stack, options, add } = setUp();
  enableCoverage(add("Orders"), { ...options, sampleRate: 0.25, includePatterns: ["src/**", "lib/**"] });
  const template = Template.fromStack(stack);
  template.hasResourceProperties("AWS::Lambda::Function", {
    Layers: [arn("lambda-coverage-layer")],
    Environment: {
      Variables: {
        AWS_LAMBDA_EXEC_WRAPPER: "/opt/coverage-wrapper",
        COVERAGE_S3_BUCKET: { Ref: Match.stringLikeRegexp("^Coverage") },
        COVERAGE_SAMPLE_RATE: "0.25",
        COVERAGE_INCLUDE_PATTERNS: "src/**,lib/**",
        COVERAGE_NEXT_WRAPPER: Match.absent(),
      },
    },
  });
  const policy = only(Object.values(template.findResources("AWS::IAM::Policy")));
  const bucketArn = { "Fn::GetAtt": [Match.stringLikeRegexp("^Coverage"), "Arn"] };
  const objects = (path: string) => ({ "Fn::Join": ["", [bucketArn, path]] });
  template.hasResourceProperties("AWS::IAM::Policy", {
    PolicyDocument: {
      Statement: [
        {
          Effect: "Allow",
          Action: "s3:PutObject",
          Resource: [
            objects("/coverage/20??/??/??/*.coverage"),
            objects("/coverage-scripts/*"),
            objects("/coverage-maps/*"),
            objects("/coverage-plans/*"),
            objects("/coverage-inits/*"),
          ],
        },
        { Effect: "Allow", Action: "s3:GetObject", Resource: objects("/coverage-scripts/*") },
      ],
    },
  });
  expect(policy.Properties.PolicyDocument.Statement).toHaveLength(2);
  Annotations.fromStack(stack).hasNoWarning("*", Match.anyValue());
});

test("what it writes is what the layer reads", () => {
  const { stack, options, add } = setUp();
  const settings = {
    s3Prefix: "team/coverage/",
    uploadTimeoutSeconds: 5,
    includePatterns: ["src/**"],
    excludePatterns: ["**/generated/**", "**/*.test.ts"],
    branchCoverage: false,
    logLevel: "ERROR" as const,
    debug: true,
    enabled: true,
    collector: "v8" as const,
    granularity: "function" as const,
    exactWindows: false,
    stacks: true,
    sampleRate: 0.1,
    upload: "new" as const,
    uploadSources: false,
    healthCheckPath: "/health",
    metrics: true,
  };
  enableCoverage(add("Orders"), { ...options, ...settings });
  const variables = only(Object.values(functionsOf(stack))).Properties.Environment as never;
  const environment = {
    ...(variables as { Variables: Record<string, string> }).Variables,
    COVERAGE_S3_BUCKET: "some-bucket",
  };
  const read = readSettings(environment);
  expect(read.problems).toEqual([]);
  expect(read.settings).toEqual({ s3Bucket: "some-bucket", ...settings });
});

test("an exec wrapper that the function has is run by ours, whenever it was set", () => {
  const { stack, options, add } = setUp();
  const fn = add("Orders");
  enableCoverage(fn, options);
  fn.addEnvironment("AWS_LAMBDA_EXEC_WRAPPER", "/opt/otel-handler");
  Template.fromStack(stack).hasResourceProperties("AWS::Lambda::Function", {
    Environment: {
      Variables: Match.objectLike({
        AWS_LAMBDA_EXEC_WRAPPER: "/opt/coverage-wrapper",
        COVERAGE_NEXT_WRAPPER: "/opt/otel-handler",
      }),
    },
  });
});

test("wrapper: false leaves the start of the function alone", () => {
  const { stack, options, add } = setUp();
  enableCoverage(add("Orders"), { ...options, wrapper: false });
  Template.fromStack(stack).hasResourceProperties("AWS::Lambda::Function", {
    Layers: [arn("lambda-coverage-layer")],
    Environment: { Variables: Match.objectLike({ AWS_LAMBDA_EXEC_WRAPPER: Match.absent() }) },
  });
});

test("a scope: each function by its runtime, its own call first, the CDK's own and unsupported ones left alone", () => {
  const { stack, options, add } = setUp();
  add("Node");
  add("Python", { runtime: Runtime.PYTHON_3_13, code: Code.fromInline("def handler(e, c): pass") });
  add("Old", { runtime: Runtime.NODEJS_20_X });
  add("Left");
  new AwsCustomResource(stack, "Call", {
    onCreate: { service: "S3", action: "listBuckets", physicalResourceId: PhysicalResourceId.of("x") },
    policy: AwsCustomResourcePolicy.fromSdkCalls({ resources: ["*"] }),
  });
  const special = add("Special");
  enableCoverage(stack, { ...options, sampleRate: 0.1, only: (fn) => fn.node.id !== "Left" });
  enableCoverage(special, { ...options, sampleRate: 1 });

  const layers: Record<string, unknown> = {};
  const rates: Record<string, unknown> = {};
  for (const [id, { Properties }] of Object.entries(functionsOf(stack))) {
    const name = id.replace(/[0-9A-F]{8}$/, "");
    layers[name] = Properties.Layers;
    rates[name] = (
      Properties.Environment as { Variables?: Record<string, string> } | undefined
    )?.Variables?.COVERAGE_SAMPLE_RATE;
  }
  const node = [arn("lambda-coverage-layer")];
  expect(layers).toMatchObject({ Node: node, Special: node, Python: [arn("lambda-coverage-layer-python")] });
  expect([layers.Old, layers.Left]).toEqual([undefined, undefined]);
  expect(Object.entries(layers).filter(([name]) => name.startsWith("AWS"))).toEqual([
    [expect.any(String), undefined],
  ]);
  expect(rates).toMatchObject({ Node: "0.1", Special: "1", Python: "0.1" });
  Annotations.fromStack(stack).hasWarning(
    "/Shop/Old",
    Match.stringLikeRegexp("nodejs20.x.*move to nodejs24.x"),
  );
});

test("two scopes that overlap wire a function once", () => {
  const { stack, options, add } = setUp();
  add("Node");
  enableCoverage(stack, options);
  enableCoverage(stack.node.root, options);
  const fn = only(Object.values(functionsOf(stack)));
  expect(fn.Properties.Layers).toEqual([arn("lambda-coverage-layer")]);
});

test("a customer key: the functions may use it", () => {
  const { stack, options, add } = setUp();
  const bucket = new CoverageBucket(stack, "Locked", { encryptionKey: new Key(stack, "Key") });
  enableCoverage(add("Orders"), { ...options, bucket });
  Template.fromStack(stack).hasResourceProperties("AWS::IAM::Policy", {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({ Action: Match.arrayWith(["kms:Decrypt", "kms:GenerateDataKey*"]) }),
      ]),
    },
  });
});

test("a bucket of another app is taken as it is", () => {
  const { stack, options, add } = setUp();
  enableCoverage(add("Orders"), {
    ...options,
    bucket: Bucket.fromBucketName(stack, "Shared", "shared-coverage"),
  });
  Template.fromStack(stack).hasResourceProperties("AWS::Lambda::Function", {
    Environment: { Variables: Match.objectLike({ COVERAGE_S3_BUCKET: "shared-coverage" }) },
  });
});

test("refuses what cannot work and says what to do", () => {
  const { stack, options, add } = setUp();
  const refused = (
    target: Parameters<typeof enableCoverage>[0],
    code: string,
    message: RegExp,
    more = {},
  ) => {
    const call = () => enableCoverage(target, { ...options, ...more });
    expect(call).toThrow(message);
    expect(call).toThrow(expect.objectContaining({ code }));
  };
  const image = new DockerImageFunction(stack, "Image", {
    code: DockerImageCode.fromEcr(Repository.fromRepositoryName(stack, "Images", "images")),
  });
  refused(image, "ContainerImage", /^Shop\/Image: A container image cannot have layers.*Dockerfile/);
  refused(
    add("Os", { runtime: Runtime.PROVIDED_AL2023, code: Code.fromAsset("layer") }),
    "UnsupportedRuntime",
    /OS-only/,
  );
  refused(
    add("Java", { runtime: Runtime.JAVA_21, code: Code.fromAsset("layer") }),
    "UnsupportedRuntime",
    /java21/,
  );
  refused(add("Old", { runtime: Runtime.NODEJS_20_X }), "UnsupportedRuntime", /move to nodejs24\.x/);
  const snapStart = { runtime: Runtime.PYTHON_3_13, snapStart: SnapStartConf.ON_PUBLISHED_VERSIONS };
  refused(add("Snapshot", snapStart), "SnapStart", /many environments start from one snapshot/);
  const edge = new experimental.EdgeFunction(stack, "Edge", {
    runtime: Runtime.NODEJS_24_X,
    handler: "index.handler",
    code: Code.fromInline("exports.handler = async () => 1"),
    stackId: "edge",
  });
  refused(edge, "LambdaAtEdge", /neither layers nor environment variables/);
  const imported = LambdaFunction.fromFunctionName(stack, "Imported", "their-function");
  refused(imported, "ImportedFunction", /lambda-coverage doctor/);
  refused(add("Live").currentVersion, "VersionOrAlias", /on the function/);
  refused(add("Bad"), "BadSetting", /sampleRate: 2 .*a number from 0 to 1/, { sampleRate: 2 });
  refused(add("Typo"), "UnknownSetting", /did you mean sampleRate/, { samplRate: 1 });
});

test("a sixth layer is an error at the function", () => {
  const { stack, options, add } = setUp();
  const layers = [1, 2, 3, 4, 5].map((n) =>
    LayerVersion.fromLayerVersionArn(stack, `L${n}`, arn(`other-${n}`)),
  );
  enableCoverage(add("Full", { layers }), options);
  Annotations.fromStack(stack).hasError(
    "/Shop/Full",
    Match.stringLikeRegexp("5 layers already.*TooManyLayers"),
  );
});

test("a role that the app does not manage: the missing statements are named", () => {
  const { stack, options, add } = setUp();
  const role = Role.fromRoleArn(stack, "Role", "arn:aws:iam::111122223333:role/theirs", { mutable: false });
  enableCoverage(add("Orders", { role }), options);
  Annotations.fromStack(stack).hasWarning(
    "/Shop/Orders",
    Match.stringLikeRegexp("Add to it:.*s3:PutObject.*coverage-scripts"),
  );
});

test("a VPC of the app without a way to S3 is warned about, one with an endpoint is not", () => {
  for (const endpoint of [false, true]) {
    const { stack, options, add } = setUp();
    const subnets = [{ name: "closed", subnetType: SubnetType.PRIVATE_ISOLATED }];
    const vpc = new Vpc(stack, "Vpc", { natGateways: 0, subnetConfiguration: subnets });
    if (endpoint) vpc.addGatewayEndpoint("S3", { service: GatewayVpcEndpointAwsService.S3 });
    const fn = add("Inside", {
      vpc: vpc as IVpc,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
      timeout: Duration.seconds(5),
    });
    enableCoverage(fn, options);
    const warnings = Annotations.fromStack(stack).findWarning(
      "/Shop/Inside",
      Match.stringLikeRegexp("VpcWithoutS3"),
    );
    expect(warnings).toHaveLength(endpoint ? 0 : 1);
  }
});

test("a scope with Lambda@Edge: its function is left alone, with a warning", () => {
  const { stack, options, add } = setUp();
  add("Regional");
  new experimental.EdgeFunction(stack, "Edge", {
    runtime: Runtime.NODEJS_24_X,
    handler: "index.handler",
    code: Code.fromInline("exports.handler = async () => 1"),
    stackId: "edge",
  });
  enableCoverage(stack.node.root, options);
  const edge = stack.node.root.node.findChild("edge") as Stack;
  expect(only(Object.values(functionsOf(edge))).Properties.Layers).toBeUndefined();
  Annotations.fromStack(edge).hasWarning(
    "*",
    Match.stringLikeRegexp("No coverage here. Lambda@Edge takes neither"),
  );
});

test("a published version is a new one once coverage is on", () => {
  const versions = [false, true].map((isOn) => {
    const { stack, options, add } = setUp();
    const fn = add("Orders");
    fn.addAlias("live");
    if (isOn) enableCoverage(fn, options);
    return only(Object.keys(Template.fromStack(stack).findResources("AWS::Lambda::Version")));
  });
  expect(versions[0]).not.toBe(versions[1]);
});
