import { execFile } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { RegionInfo } from "aws-cdk-lib/region-info";
import { afterEach, beforeEach, expect, test } from "vitest";
import yazl from "yazl";
import { type LayerArchive, readArchive } from "../../src/release/layer-archive.ts";
import { packageVersion } from "../../src/release/package-version.ts";
import { type PublishOptions, publishLayer } from "../../src/release/publish-layer.ts";
import { publishTable } from "../../src/release/region-table.ts";
import { regionsByPartition } from "../../src/release/regions.ts";
import { parseShare } from "../../src/release/share.ts";
import { validateArchive } from "../../src/release/validate-archive.ts";
import { type LayerEndpoint, startLayerEndpoint } from "./layer-endpoint.ts";

let lambda: LayerEndpoint;
let folder: string;
const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };

beforeEach(async () => {
  lambda = await startLayerEndpoint();
  folder = mkdtempSync(join(tmpdir(), "coverage-release-"));
});
afterEach(async () => {
  await lambda.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function zipOf(files: Record<string, { text: string; mode?: number }>): Promise<LayerArchive> {
  const zip = new yazl.ZipFile();
  for (const [path, { text, mode }] of Object.entries(files))
    zip.addBuffer(Buffer.from(text), path, { mode: mode ?? 0o100644 });
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream) chunks.push(chunk as Buffer);
  const path = join(folder, `lambda-coverage-layer-${chunks.length}-${Math.random()}.zip`);
  writeFileSync(path, Buffer.concat(chunks));
  return readArchive("nodejs", path);
}

async function release(regions: string[], more: Partial<PublishOptions> = {}) {
  const archive = more.archive ?? (await zipOf({ "coverage-wrapper": { text: "one", mode: 0o100755 } }));
  const client = (region: string) =>
    new LambdaClient({ region, endpoint: lambda.endpoint, credentials, maxAttempts: 1 });
  return publishLayer({ archive, layerName: "lambda-coverage-layer", regions, client, ...more });
}

const published = (region: string) => lambda.regions.get(region)?.versions.map((it) => it.version) ?? [];
const made = () => lambda.requests.filter((line) => line.endsWith("PublishLayerVersion")).length;

test("publishes in several regions with runtimes, architectures and shares", async () => {
  const shares = [parseShare("111122223333"), parseShare("o-a1b2c3d4e5")];
  const results = await release(["eu-west-1", "us-east-1"], { shares });
  expect(results.map(({ region, state, version }) => [region, state, version])).toEqual([
    ["eu-west-1", "published", 1],
    ["us-east-1", "published", 1],
  ]);
  const layer = lambda.regions.get("us-east-1")?.versions[0];
  expect(layer?.body).toMatchObject({
    CompatibleRuntimes: ["nodejs22.x", "nodejs24.x"],
    CompatibleArchitectures: ["x86_64", "arm64"],
    LicenseInfo: "MIT",
  });
  expect(layer?.policy).toMatchObject([
    { Sid: "account-111122223333", Principal: "111122223333", Action: "lambda:GetLayerVersion" },
    { Sid: "organisation-o-a1b2c3d4e5", Principal: "*", OrganizationId: "o-a1b2c3d4e5" },
  ]);
});

test("one region fails half-way, between publishing and sharing; resumed, only that is done", async () => {
  const archive = await zipOf({ "coverage-wrapper": { text: "one", mode: 0o100755 } });
  const shares = [parseShare("public")];
  const regions = ["eu-west-1", "us-east-1", "ap-south-1"];
  lambda.fault = (region, operation) =>
    region === "eu-west-1" && operation === "AddLayerVersionPermission"
      ? { status: 500, code: "ServiceException" }
      : undefined;
  const first = await release(regions, { archive, shares });
  expect(first.map((it) => it.state)).toEqual(["failed", "published", "published"]);
  expect(first[0]?.problem).toMatchObject({
    code: "ServiceException",
    remedy: expect.stringContaining("same command again"),
  });
  expect(made()).toBe(3);

  lambda.fault = () => undefined;
  const second = await release(regions, { archive, shares });
  expect(second.map((it) => [it.state, it.version])).toEqual([
    ["present", 1],
    ["present", 1],
    ["present", 1],
  ]);
  expect(made()).toBe(3);
  for (const region of regions) expect(lambda.regions.get(region)?.versions[0]?.policy).toHaveLength(1);
});

test("an answer that is lost on the way makes no second version", async () => {
  let lost = 0;
  lambda.fault = (_, operation) =>
    operation === "PublishLayerVersion" && lost++ === 0 ? { afterwards: true } : undefined;
  expect(await release(["eu-west-1"])).toMatchObject([{ state: "present", version: 1 }]);
  expect(published("eu-west-1")).toEqual([1]);
});

test("throttling passes; missing permission and a region that is not enabled are said at once", async () => {
  let throttled = 0;
  lambda.fault = (region, operation) => {
    if (region === "af-south-1")
      return { status: 403, code: "UnrecognizedClientException", message: "The security token is invalid" };
    if (region === "us-east-1")
      return {
        status: 403,
        code: "AccessDeniedException",
        message: "not authorized to perform: lambda:ListLayerVersions",
      };
    return operation === "PublishLayerVersion" && throttled++ < 2
      ? { status: 429, code: "TooManyRequestsException" }
      : undefined;
  };
  const results = await release(["eu-west-1", "af-south-1", "us-east-1"]);
  expect(results.map((it) => it.state)).toEqual(["published", "not-enabled", "failed"]);
  expect(published("eu-west-1")).toEqual([1]);
  const table = publishTable(results);
  expect(table).toMatch(/af-south-1: UnrecognizedClientException.*\n.*Enable the region/);
  expect(table).toMatch(/us-east-1: AccessDeniedException: .*lambda:ListLayerVersions/);
});

test("the versions differ: a table says so; --same-version makes them equal and leaves no fillers", async () => {
  const old = await zipOf({ "coverage-wrapper": { text: "old", mode: 0o100755 } });
  await release(["eu-west-1"], { archive: old });
  await release(["eu-west-1"], {
    archive: await zipOf({ "coverage-wrapper": { text: "older", mode: 0o100755 } }),
  });
  const archive = await zipOf({ "coverage-wrapper": { text: "new", mode: 0o100755 } });
  const dry = await release(["eu-west-1", "us-east-1"], { archive, dryRun: true });
  expect(publishTable(dry)).toMatch(
    /version number differs.*\n {2}version 3: eu-west-1\n {2}version 1: us-east-1/,
  );
  expect(made()).toBe(2);

  const results = await release(["eu-west-1", "us-east-1"], { archive, sameVersion: true });
  expect(results.map((it) => it.version)).toEqual([3, 3]);
  expect(published("eu-west-1")).toEqual([1, 2, 3]);
  expect(published("us-east-1")).toEqual([3]);
  expect(publishTable(results)).not.toMatch(/differs/);
  expect(await release(["eu-west-1", "us-east-1"], { archive, sameVersion: true })).toMatchObject([
    { state: "present" },
    { state: "present" },
  ]);
});

test("a broken zip is named: mode, missing files, foreign version, paths outside", async () => {
  const manifest = "nodejs/node_modules/lambda-coverage-layer/package.json";
  const archive = await zipOf({
    "coverage-wrapper": { text: "#!/bin/sh" },
    "lambda-coverage/preload.cjs": { text: "", mode: 0o100600 },
    [manifest]: { text: '{"version":"0.0.0-other"}' },
  });
  writeFileSync(`${archive.path}.sha256`, "0000  other.zip\n");
  expect(await validateArchive(archive)).toEqual([
    "lambda-coverage/worker.cjs is missing",
    "lambda-coverage/both-threads.cjs is missing",
    "nodejs/node_modules/lambda-coverage-layer/index.cjs is missing",
    "coverage-wrapper has mode 644: Lambda could not start it (needs 755)",
    "lambda-coverage/preload.cjs has mode 600: not readable for the function",
    `it holds version 0.0.0-other, but this is ${packageVersion()}: build the layer again`,
    `${archive.path}.sha256 is another zip's checksum`,
  ]);
});

test("the layer that was built is valid", async () => {
  expect(await validateArchive(readArchive("nodejs"))).toEqual([]);
});

test("the list of regions is the CDK's", () => {
  const theirs: Record<string, string[]> = {};
  for (const info of RegionInfo.regions) {
    const partition = info.partition ?? "?";
    theirs[partition] = [...(theirs[partition] ?? []), info.name].sort();
  }
  expect(
    Object.fromEntries(Object.entries(regionsByPartition).map(([name, list]) => [name, [...list].sort()])),
  ).toEqual(theirs);
});

test("the command line: dry run everywhere, publish, list; what fails is exit 1", async () => {
  const run = (...parameters: string[]) =>
    promisify(execFile)(process.execPath, ["--import", "tsx", "src/cli/main.ts", "layer", ...parameters], {
      env: {
        ...process.env,
        AWS_ENDPOINT_URL: lambda.endpoint,
        AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
        AWS_SECRET_ACCESS_KEY: "secret",
        AWS_REGION: "eu-west-1",
      },
    }).catch((error) => error as { code: number; stdout: string; stderr: string });

  // A copy: whoever builds the layer meanwhile does not change what is published here.
  const zip = join(folder, "layer.zip");
  copyFileSync(readArchive("nodejs").path, zip);
  const dry = await run("publish", "--dry-run", "--regions", "all");
  expect(dry.stdout).toMatch(/^Dry run: nothing is published\./);
  expect(dry.stdout.match(/would be published/g)).toHaveLength(regionsByPartition.aws?.length ?? 0);
  expect(made()).toBe(0);

  lambda.fault = (region) => (region === "us-east-1" ? { status: 500, code: "ServiceException" } : undefined);
  const half = await run("publish", "--regions", "eu-west-1,us-east-1", "--json", "--zip", zip);
  expect(half).toMatchObject({ code: 1 });
  expect(JSON.parse(half.stdout).regions).toMatchObject([{ state: "published" }, { state: "failed" }]);

  lambda.fault = () => undefined;
  const whole = await run("publish", "--regions", "eu-west-1,us-east-1", "--json", "--zip", zip);
  expect(JSON.parse(whole.stdout).regions).toMatchObject([{ state: "present" }, { state: "published" }]);

  const listed = await run("list", "--regions", "eu-west-1,us-east-1,sa-east-1", "--zip", zip);
  expect(listed.stdout).toMatch(/eu-west-1 +1 +yes/);
  expect(listed.stdout).toMatch(/sa-east-1 +never published/);
});
