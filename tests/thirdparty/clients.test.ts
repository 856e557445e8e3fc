/** The AWS CLI and boto3 against the local Lambda and S3 server: the commands that the docs tell people to type. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalLambda, type LocalS3, startLocalLambda, startLocalS3 } from "../../src/local/index.ts";

const run = promisify(execFile);
const tools = process.env.THIRDPARTY_TOOLS ?? "";
let folder: string;
let s3: LocalS3;
let lambda: LocalLambda;

beforeAll(async () => {
  if (tools === "") throw new Error("THIRDPARTY_TOOLS is not set: run `npm run test:thirdparty`");
  folder = mkdtempSync(join(tmpdir(), "clients-"));
  mkdirSync(join(folder, "fn"));
  writeFileSync(join(folder, "fn/index.mjs"), "export const handler = async (event) => ({ got: event });");
  s3 = await startLocalS3({ buckets: ["bucket"] });
  lambda = await startLocalLambda({ s3 });
  await lambda.createFunction({
    name: "orders",
    runtime: "nodejs24.x",
    code: join(folder, "fn"),
    handler: "index.handler",
    timeoutSeconds: 10,
  });
});

afterAll(async () => {
  await lambda?.stop();
  await s3?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function python(...args: string[]): Promise<string> {
  const { stdout } = await run("python3", args, {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      PYTHONPATH: tools,
      AWS_ACCESS_KEY_ID: s3.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
      AWS_DEFAULT_REGION: s3.region,
      AWS_ENDPOINT_URL_S3: s3.endpoint,
      AWS_ENDPOINT_URL_LAMBDA: lambda.endpoint,
      AWS_CONFIG_FILE: join(folder, "none"),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, "none"),
    },
  });
  return stdout;
}

const aws = (...args: string[]) => python("-m", "awscli", ...args);

test("aws s3: cp there and back, in parts too, ls, sync, rm", async () => {
  const big = Buffer.alloc(9 * 1024 * 1024, "0123456789");
  writeFileSync(join(folder, "small.json"), '{"a":1}');
  writeFileSync(join(folder, "big.bin"), big);
  await aws("s3", "cp", "small.json", "s3://bucket/x/small file.json");
  await aws("s3", "cp", "big.bin", "s3://bucket/x/big.bin");
  const listed = await aws("s3", "ls", "--recursive", "s3://bucket/");
  expect(
    listed
      .trim()
      .split("\n")
      .map((line) => line.split(/\s+/).slice(2).join(" ")),
  ).toEqual([`${big.length} x/big.bin`, "7 x/small file.json"]);
  await aws("s3", "sync", "s3://bucket/x", "back");
  expect(readFileSync(join(folder, "back/big.bin")).equals(big)).toBe(true);
  expect(await aws("s3", "cp", "s3://bucket/x/small file.json", "-")).toBe('{"a":1}');
  await aws("s3", "rm", "--recursive", "s3://bucket/x/");
  expect(await aws("s3", "ls", "s3://bucket/x/").catch(() => "nothing")).toBe("nothing");
});

test("aws lambda: invoke, with the log's tail, list, configuration", async () => {
  const command = ["--function-name", "orders", "--payload", '{"id":1}', "--log-type", "Tail", "answer.json"];
  const metadata = JSON.parse(await aws("lambda", "invoke", ...command)) as {
    StatusCode: number;
    LogResult: string;
  };
  expect(metadata.StatusCode).toBe(200);
  expect(JSON.parse(readFileSync(join(folder, "answer.json"), "utf8"))).toEqual({ got: { id: 1 } });
  expect(Buffer.from(metadata.LogResult, "base64").toString()).toMatch(
    /^START RequestId[\s\S]*REPORT RequestId/,
  );
  const names = await aws(
    "lambda",
    "list-functions",
    "--query",
    "Functions[].FunctionName",
    "--output",
    "text",
  );
  expect(names.trim()).toBe("orders");
  const found = JSON.parse(await aws("lambda", "get-function-configuration", "--function-name", "orders"));
  expect(found).toMatchObject({ Runtime: "nodejs24.x", Handler: "index.handler", Timeout: 10 });
});

test("boto3: conditional put, metadata, paginated list, presigned url, batch delete, invoke", async () => {
  const script = `
import boto3, json, urllib.request
from botocore.config import Config
from botocore.exceptions import ClientError
s3 = boto3.client("s3", config=Config(signature_version="s3v4"))
for n in range(7):
    s3.put_object(Bucket="bucket", Key=f"k/{n}", Body=str(n).encode(), Metadata={"n": str(n)}, ContentEncoding="gzip")
try:
    s3.put_object(Bucket="bucket", Key="k/0", Body=b"x", IfNoneMatch="*")
    conflict = None
except ClientError as error:
    conflict = error.response["Error"]["Code"]
pages = s3.get_paginator("list_objects_v2").paginate(Bucket="bucket", Prefix="k/", PaginationConfig={"PageSize": 3})
keys = [o["Key"] for page in pages for o in page["Contents"]]
head = s3.head_object(Bucket="bucket", Key="k/3")
url = s3.generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "k/5"})
fetched = urllib.request.urlopen(url).read().decode()
deleted = s3.delete_objects(Bucket="bucket", Delete={"Objects": [{"Key": k} for k in keys]})
answer = boto3.client("lambda").invoke(FunctionName="orders", Payload=b'{"id":2}')
print(json.dumps([conflict, keys, head["Metadata"], head["ContentEncoding"], fetched,
                  len(deleted["Deleted"]), json.loads(answer["Payload"].read())]))
`;
  const keys = Array.from({ length: 7 }, (_, n) => `k/${n}`);
  const expected = ["PreconditionFailed", keys, { n: "3" }, "gzip", "5", 7, { got: { id: 2 } }];
  expect(JSON.parse(await python("-c", script))).toEqual(expected);
});
