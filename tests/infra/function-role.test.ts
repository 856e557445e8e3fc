/** Who may write what: the synthesised policies of roles and bucket, judged request by request. */
import { GetObjectCommand, PutObjectCommand, type PutObjectCommandInput, S3Client } from "@aws-sdk/client-s3";
import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { Code, Function as LambdaFunction, LayerVersion, Runtime } from "aws-cdk-lib/aws-lambda";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CoverageBucket, CoverageCombiner, enableCoverage } from "../../src/cdk/index.ts";
import { startLocalS3 } from "../../src/local/s3/start.ts";
import type { LocalS3, S3Policy, S3PolicyStatement } from "../../src/local/s3/types.ts";

const bucketName = "coverage-bucket";
const layerArn = "arn:aws:lambda:eu-west-1:111122223333:layer:lambda-coverage-layer:7";

interface IamStatement {
  Effect: "Allow" | "Deny";
  Action: string | string[];
  Resource: unknown;
  Condition?: Record<string, Record<string, string>>;
}

/** Policies by the name of the construct that they belong to, as CloudFormation would have them. */
function synthesise(): { functionRole: S3Policy; combinerRole: S3Policy } {
  const stack = new Stack(new App(), "Shop", { env: { account: "111122223333", region: "eu-west-1" } });
  const bucket = new CoverageBucket(stack, "Coverage");
  const layer = LayerVersion.fromLayerVersionArn(stack, "Layer", layerArn);
  const fn = new LambdaFunction(stack, "Orders", {
    runtime: Runtime.NODEJS_24_X,
    handler: "index.handler",
    code: Code.fromInline("exports.handler = async () => 1"),
  });
  enableCoverage(fn, { bucket, layer });
  new CoverageCombiner(stack, "Combiner", { bucket, layer });
  const template = Template.fromStack(stack);
  const statementsOf = (type: string, id: RegExp) =>
    Object.entries(template.findResources(type))
      .filter(([logicalId]) => id.test(logicalId))
      .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement as IamStatement[]);
  const ofBucket = statementsOf("AWS::S3::BucketPolicy", /./)
    // The local server speaks plain HTTP.
    .filter(({ Condition }) => Condition?.Bool?.["aws:SecureTransport"] === undefined)
    .filter(({ Condition }) => Condition?.NumericLessThan === undefined);
  expect(ofBucket).toHaveLength(1);
  const policy = (role: IamStatement[]): S3Policy => ({
    allow: role.filter(({ Effect }) => Effect === "Allow").map(statement),
    deny: ofBucket.filter(({ Effect }) => Effect === "Deny").map(statement),
  });
  return {
    functionRole: policy(statementsOf("AWS::IAM::Policy", /^Orders/)),
    combinerRole: policy(statementsOf("AWS::IAM::Policy", /^Combiner/)),
  };
}

function statement({ Action, Resource, Condition }: IamStatement): S3PolicyStatement {
  const resources = Array.isArray(Resource) ? Resource : [Resource];
  return {
    actions: [Action].flat(),
    resources: resources.map(arnText),
    ...(Condition === undefined ? {} : { conditions: Condition }),
  };
}

/** The bucket's ARN is an attribute that CloudFormation fills in. */
function arnText(value: unknown): string {
  if (typeof value === "string") return value;
  const { "Fn::Join": join, "Fn::GetAtt": attribute } = value as {
    "Fn::Join"?: [string, unknown[]];
    "Fn::GetAtt"?: string[];
  };
  if (join !== undefined) return join[1].map(arnText).join(join[0]);
  return attribute?.[1] === "Arn" ? `arn:aws:s3:::${bucketName}` : "elsewhere";
}

const { functionRole, combinerRole } = synthesise();
const hash = "ab".repeat(32);
let s3: LocalS3;
let orders: S3Client;
let combiner: S3Client;
beforeAll(async () => {
  const keys = { orders: functionRole, combiner: combinerRole };
  s3 = await startLocalS3({
    buckets: [bucketName],
    accessKeys: Object.entries(keys).map(([name, policy]) => ({
      accessKeyId: `KEY-${name}`,
      secretAccessKey: name,
      policy,
    })),
  });
  const client = (name: string) =>
    new S3Client({
      endpoint: s3.endpoint,
      region: s3.region,
      forcePathStyle: true,
      credentials: { accessKeyId: `KEY-${name}`, secretAccessKey: name },
    });
  orders = client("orders");
  combiner = client("combiner");
});
afterAll(async () => {
  orders.destroy();
  combiner.destroy();
  await s3.stop();
});

/** `stored`, or the name of S3's error. */
async function put(
  client: S3Client,
  Key: string,
  more: Partial<PutObjectCommandInput> = {},
): Promise<string> {
  try {
    await client.send(new PutObjectCommand({ Bucket: bucketName, Key, Body: "x", ...more }));
    return "stored";
  } catch (error) {
    return (error as Error).name;
  }
}

const once = { IfNoneMatch: "*" };

test.each([
  "coverage/2026/11/29/orders-101112013-request.coverage",
  `coverage-scripts/${hash}.json`,
  `coverage-scripts/sets/${hash}.json`,
  `coverage-maps/${hash}.json`,
  `coverage-plans/${hash}.json`,
  `coverage-inits/${hash}.json`,
])("a function's role puts %s, once, and only if it says so", async (key) => {
  expect(await put(orders, key)).toBe("AccessDenied");
  expect(await put(orders, key, once)).toBe("stored");
  expect(await put(orders, key, once)).toBe("PreconditionFailed");
  expect(await put(orders, key)).toBe("AccessDenied");
  // Nobody else overwrites it either.
  expect(await put(combiner, key)).toBe("AccessDenied");
});

test.each([
  "coverage/sums/2026-11-29T000000000Z-forged.coverage",
  "coverage/sums/2026/11/29/forged.coverage",
  "coverage/combined/report.json",
  "coverage/combined/2026-11-29/index.html",
  "coverage/1026/11/29/orders-101112013-request.coverage",
  "coverage/2026/11/29/report.json",
  "coverage/2026.coverage",
  "coverage/tests/run.json",
  "coverage/reports.json",
  `coverage-mappings/${hash}.1.json`,
  "other/2026/11/29/orders-101112013-request.coverage",
  "anything",
])("a function's role is refused %s", async (key) => {
  expect(await put(orders, key, once)).toBe("AccessDenied");
  expect(await put(orders, key)).toBe("AccessDenied");
});

test("a function's role reads scripts and nothing else", async () => {
  for (const Key of ["coverage/2026/11/29/x.coverage", `coverage-mappings/${hash}.1.json`, "anything"]) {
    const read = orders.send(new GetObjectCommand({ Bucket: bucketName, Key }));
    await expect(read).rejects.toMatchObject({ name: "AccessDenied" });
  }
});

test("the combiner's role writes sums, mappings and reports, again and again, and no coverage", async () => {
  for (const key of [
    "coverage/sums/a.coverage",
    `coverage-mappings/${hash}.1.json`,
    "coverage/combined/a.json",
  ]) {
    expect([await put(combiner, key), await put(combiner, key)]).toEqual(["stored", "stored"]);
  }
  for (const key of ["coverage/2026/11/29/forged.coverage", `coverage-scripts/${"cd".repeat(32)}.json`]) {
    expect(await put(combiner, key, once)).toBe("AccessDenied");
  }
});
