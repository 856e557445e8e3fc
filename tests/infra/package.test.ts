/** The package as it would be published: judged by the tools for that, and used by a newcomer with a small app. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, expect, test } from "vitest";
import { combine } from "../../src/combine/index.ts";
import { startLocalLambda, startLocalS3 } from "../../src/local/index.ts";
import { openStore } from "../../src/store/open-store.ts";
import { installPacked, packPackage } from "./packed-package.ts";
import { stagedFunctions } from "./staged-assembly.ts";

const folder = mkdtempSync(join(tmpdir(), "coverage-package-"));
const loader = pathToFileURL("node_modules/tsx/dist/loader.mjs").href;
let tarball: string;

beforeAll(() => {
  tarball = packPackage(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("publint finds nothing", async () => {
  execFileSync("tar", ["-xzf", tarball, "-C", folder]);
  const { messages, pkg } = await publint({ pkgDir: join(folder, "package"), strict: true });
  expect(messages.map((message) => formatMessage(message, pkg ?? {}))).toEqual([]);
});

test.each([
  ["the face and the constructs, for import and require", ["--exclude-entrypoints", "local", "serverless"]],
  [
    "the local Lambda and the Serverless plugin, for import",
    ["--entrypoints", "local", "serverless", "--profile", "esm-only"],
  ],
])("attw resolves the types of %s", (_, options) => {
  // node10: TypeScript before `exports`; the subpaths need moduleResolution node16, nodenext or bundler.
  const profile = options.includes("--profile") ? [] : ["--profile", "node16"];
  const attw = spawnSync(
    "node_modules/.bin/attw",
    [tarball, "--no-emoji", "--format", "ascii", ...profile, ...options],
    {
      encoding: "utf8",
    },
  );
  expect(attw.status, attw.stdout + attw.stderr).toBe(0);
});

test("it holds the layer, its checksum and its bill of materials, and no source or test", () => {
  const files = execFileSync("tar", ["-tzf", tarball], { encoding: "utf8" }).split("\n");
  const zips = files.filter((file) => file.endsWith(".zip")).map((file) => file.replace(/-\d+\.\d+.*/, ""));
  expect(zips.sort()).toEqual([
    "package/dist/lambda-coverage-layer",
    "package/dist/lambda-coverage-layer-python",
  ]);
  for (const end of [".zip", ".zip.sha256", ".zip.cdx.json"]) {
    expect(
      files.some(
        (file) => /^package\/dist\/lambda-coverage-layer-[\d.]+\S*$/.test(file) && file.endsWith(end),
      ),
    ).toBe(true);
  }
  expect(
    files.filter((file) => /\.test\.|^package\/(src|tests|infra|examples|bench|docs)\//.test(file)),
  ).toEqual([]);
});

test("the app has at most 20 lines", () => {
  expect(
    readFileSync("tests/infra/fixtures/new-user/app.ts", "utf8").trimEnd().split("\n").length,
  ).toBeLessThanOrEqual(20);
});

test.each(["commonjs", "module"])("synthesised as %s, invoked from its assets, reported", async (type) => {
  const project = join(folder, type);
  mkdirSync(project);
  cpSync("tests/infra/fixtures/new-user", project, { recursive: true });
  writeFileSync(join(project, "package.json"), JSON.stringify({ type }));
  writeFileSync(join(project, "src/package.json"), '{ "type": "commonjs" }');
  installPacked(tarball, project);
  const assembly = join(project, "cdk.out");
  execFileSync(process.execPath, ["--import", loader, "app.ts"], {
    cwd: project,
    env: { ...process.env, CDK_OUTDIR: assembly },
    stdio: ["ignore", "ignore", "inherit"],
  });

  const s3 = await startLocalS3({ buckets: ["new-user-coverage"] });
  const lambda = await startLocalLambda({ s3 });
  try {
    const [fn] = stagedFunctions(assembly, "MyStack", () => "new-user-coverage");
    if (fn === undefined) throw new Error("no function was synthesised");
    await lambda.createFunction(fn.config);
    for (const [age, price] of [
      [4, 0],
      [40, 12],
      [41, 12],
    ]) {
      const { payload } = await lambda.invoke(fn.logicalId, { age });
      expect(JSON.parse(payload)).toEqual({ price });
    }
    await lambda.shutdown();
    const { store, prefix } = await openStore("s3://new-user-coverage/coverage/", {
      endpoint: s3.endpoint,
      region: s3.region,
      credentials: { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey },
    });
    const { coverageMap } = await combine({ store, prefix });
    const [file] = coverageMap.files();
    const lines = coverageMap.fileCoverageFor(file ?? "").getLineCoverage();
    expect(lines).toMatchObject({ 2: 3, 3: 2, 4: 2 });
    expect(
      coverageMap
        .fileCoverageFor(file ?? "")
        .toSummary()
        .toJSON().statements,
    ).toMatchObject({ total: 6, covered: 5 });
  } finally {
    await lambda.stop();
    await s3.stop();
  }
});
