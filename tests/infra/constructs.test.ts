import { App, Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { Code, Function as LambdaFunction, LayerVersion, Runtime } from "aws-cdk-lib/aws-lambda";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { Bucket } from "aws-cdk-lib/aws-s3";
import { expect, test } from "vitest";
import {
  CoverageBucket,
  CoverageCombiner,
  CoverageLayer,
  CoverageMonitoring,
  enableCoverage,
} from "../../src/cdk/index.ts";
import { metricsNamespace, metricUnits } from "../../src/contract/metrics.ts";

const layerArn = "arn:aws:lambda:eu-west-1:111122223333:layer:lambda-coverage-layer:7";

function setUp() {
  const stack = new Stack(new App(), "Shop");
  const layer = LayerVersion.fromLayerVersionArn(stack, "Layer", layerArn);
  const add = (id: string) =>
    new LambdaFunction(stack, id, {
      runtime: Runtime.NODEJS_24_X,
      handler: "index.handler",
      code: Code.fromInline("exports.handler = async () => 1"),
    });
  return { stack, layer, add };
}

test("CoverageLayer: both architectures, the supported runtimes, shared with whom it says", () => {
  const { stack } = setUp();
  const code = Code.fromAsset("layer");
  new CoverageLayer(stack, "Node", {
    code,
    permissions: [{ accountId: "*", organizationId: "o-a1b2c3d4e5" }],
  });
  new CoverageLayer(stack, "Python", { code, family: "python" });
  const template = Template.fromStack(stack);
  template.hasResourceProperties("AWS::Lambda::LayerVersion", {
    CompatibleArchitectures: ["x86_64", "arm64"],
    CompatibleRuntimes: ["nodejs22.x", "nodejs24.x"],
  });
  template.hasResourceProperties("AWS::Lambda::LayerVersion", {
    CompatibleRuntimes: Match.arrayWith(["python3.9", "python3.14"]),
  });
  template.hasResourceProperties("AWS::Lambda::LayerVersionPermission", {
    Action: "lambda:GetLayerVersion",
    Principal: "*",
    OrganizationId: "o-a1b2c3d4e5",
  });
});

test("CoverageBucket: encrypted, TLS only, closed; files age, scripts do not, unfinished uploads go", () => {
  const { stack } = setUp();
  new CoverageBucket(stack, "Coverage");
  const template = Template.fromStack(stack);
  template.hasResource("AWS::S3::Bucket", {
    DeletionPolicy: "Retain",
    Properties: {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }],
      },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      LifecycleConfiguration: {
        Rules: [
          {
            Id: "CoverageFileRetention",
            Status: "Enabled",
            Prefix: "coverage/",
            Transitions: [
              { StorageClass: "STANDARD_IA", TransitionInDays: 30 },
              { StorageClass: "GLACIER", TransitionInDays: 90 },
            ],
            ExpirationInDays: 365,
          },
          {
            Id: "UnfinishedUploads",
            Status: "Enabled",
            AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
          },
        ],
      },
    },
  });
  template.hasResourceProperties("AWS::S3::BucketPolicy", {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } }),
      ]),
    },
  });
});

test("a prefix that holds the scripts is refused: they would expire with the files", () => {
  const { stack } = setUp();
  for (const prefix of [
    "",
    "/",
    "coverage-scripts",
    "coverage-scripts/x",
    "coverage-mappings",
    "coverage-inits",
  ]) {
    expect(() => new CoverageBucket(stack, `B${prefix}`, { prefix })).toThrow(/overlaps coverage-[a-z]+\//);
  }
  for (const prefix of ["coverage", "coverage-script", "team/coverage/"]) {
    expect(new CoverageBucket(stack, `B${prefix}`, { prefix }).prefix).toBe(prefix.replace(/\/?$/, "/"));
  }
});

test("CoverageCombiner: lists, gets and puts where it must, by schedule", () => {
  const { stack, layer } = setUp();
  const bucket = Bucket.fromBucketName(stack, "Coverage", "cov");
  new CoverageCombiner(stack, "Combiner", { bucket, layer, outputKey: "reports/daily.json" });
  const template = Template.fromStack(stack);
  template.hasResourceProperties("AWS::Events::Rule", {
    ScheduleExpression: "cron(30 0 * * ? *)",
    Targets: [
      Match.objectLike({
        InputTransformer: Match.objectLike({
          InputTemplate:
            '{"bucket":"cov","prefix":"coverage/","time":<time>,"output_key":"reports/daily.json"}',
        }),
      }),
    ],
  });
  const statements = Object.values(template.findResources("AWS::IAM::Policy"))[0]?.Properties.PolicyDocument
    .Statement;
  const flat = JSON.parse(JSON.stringify(statements), (_, value) => value?.["Fn::Join"]?.[1].at(-1) ?? value);
  expect(flat.slice(1)).toEqual([
    { Effect: "Allow", Action: "s3:ListBucket", Resource: ":s3:::cov" },
    {
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: [
        ":s3:::cov/coverage/*",
        ":s3:::cov/coverage-scripts/*",
        ":s3:::cov/coverage-maps/*",
        ":s3:::cov/coverage-plans/*",
        ":s3:::cov/coverage-inits/*",
        ":s3:::cov/coverage-mappings/*",
      ],
    },
    {
      Effect: "Allow",
      Action: "s3:PutObject",
      Resource: [
        ":s3:::cov/coverage/combined*",
        ":s3:::cov/coverage/sums/*",
        ":s3:::cov/reports/daily*",
        ":s3:::cov/coverage-mappings/*",
      ],
    },
  ]);
});

test("CoverageCombiner by S3 trigger: coverage files start it, its own reports do not", () => {
  const { stack, layer } = setUp();
  const bucket = new CoverageBucket(stack, "Coverage", { eventBridge: true });
  new CoverageCombiner(stack, "Combiner", { bucket, layer, trigger: "s3" });
  const template = Template.fromStack(stack);
  template.hasResourceProperties("AWS::S3::Bucket", {
    NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
  });
  template.hasResourceProperties("AWS::Events::Rule", {
    EventPattern: Match.objectLike({
      detail: Match.objectLike({ object: { key: [{ wildcard: "coverage/2*.coverage" }] } }),
    }),
  });
  template.resourceCountIs("AWS::Lambda::Function", 1);
});

test("CoverageMonitoring over all: alarms on real metrics, metrics switched on where there is coverage", () => {
  const { stack, layer, add } = setUp();
  const bucket = new CoverageBucket(stack, "Coverage");
  enableCoverage(add("Covered"), { bucket, layer });
  add("Bare");
  const logGroup = new LogGroup(stack, "Logs");
  new CoverageMonitoring(stack, "Monitoring", { logGroups: [logGroup] });
  const template = Template.fromStack(stack);

  const queries = Object.values(template.findResources("AWS::CloudWatch::Alarm")).flatMap((alarm) =>
    (alarm.Properties.Metrics as { Expression: string }[]).map((metric) => metric.Expression),
  );
  const named = queries.flatMap(
    (query) => /SELECT \w+\((\w+)\) FROM SCHEMA\("(\w+)"/.exec(query)?.slice(1) ?? [],
  );
  expect(new Set(named)).toEqual(
    new Set(["FilesFailed", "FilesStored", "UploadTime", "InitTimeAdded", "FilesPending", metricsNamespace]),
  );
  template.resourceCountIs("AWS::CloudWatch::Alarm", 4);
  const dashboard = JSON.stringify(template.findResources("AWS::CloudWatch::Dashboard"));
  for (const name of Object.keys(metricUnits)) expect(dashboard).toContain(name);

  const on = Object.entries(template.findResources("AWS::Lambda::Function")).map(
    ([id, fn]) => [id.slice(0, 4), fn.Properties.Environment?.Variables?.COVERAGE_METRICS] as const,
  );
  expect(Object.fromEntries(on)).toEqual({ Cove: "true", Bare: undefined });
  template.hasResourceProperties("AWS::Logs::MetricFilter", {
    FilterPattern: '{ ($.source = "lambda-coverage") && ($.level = "ERROR") }',
  });
  template.hasResourceProperties("AWS::Logs::QueryDefinition", {
    Name: Match.stringLikeRegexp("^lambda-coverage/.*/problems by function$"),
    LogGroupNames: [{ Ref: Match.stringLikeRegexp("^Logs") }],
  });
});

test("CoverageMonitoring of named functions: alarms of each, with their own thresholds", () => {
  const { stack, layer, add } = setUp();
  const functions = [add("One"), add("Two")];
  enableCoverage(stack, { bucket: new CoverageBucket(stack, "Coverage"), layer });
  const monitoring = new CoverageMonitoring(stack, "Monitoring", { functions, pendingFiles: 3 });
  expect(monitoring.alarms).toHaveLength(8);
  Template.fromStack(stack).hasResourceProperties("AWS::CloudWatch::Alarm", {
    Namespace: metricsNamespace,
    MetricName: "FilesPending",
    Dimensions: [{ Name: "FunctionName", Value: { Ref: Match.stringLikeRegexp("^Two") } }],
    Threshold: 3,
  });
});
