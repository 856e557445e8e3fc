/** Every `ts` snippet of the documentation is run as it stands there: programs to their end, handlers with an event. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fences, readPages } from "../../scripts/docs/pages.ts";
import { bucket, SampleBucket } from "../../src/api/sample-bucket.fixture.ts";
import { type LocalS3, startLocalS3 } from "../../src/local/index.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Below the repository, so that the packages which snippets import are found. */
const cache = join(root, ".cache");
const snippets = readPages(root).flatMap(({ path, text }) =>
  fences(text)
    .filter(({ language }) => language === "ts")
    .map(({ code, line }) => ({ place: `${path}:${line}`, code })),
);

/** What the reader has: a built function, the layer's zip, and the package. */
const config = {
  compilerOptions: {
    paths: {
      "lambda-coverage-layer": [join(root, "dist/layer/nodejs/node_modules/lambda-coverage-layer/index.mjs")],
      "lambda-coverage-layer/cdk": [join(root, "src/cdk/index.ts")],
      "lambda-coverage-layer/local": [join(root, "src/local/index.ts")],
    },
  },
};
const runner = `const { handler } = await import("./snippet.ts");
if (handler) console.log("answer:", JSON.stringify(await handler({ name: "Ada", order: "tea", path: "/health" })));
`;

let folder: string;
let s3: LocalS3;
beforeAll(async () => {
  mkdirSync(cache, { recursive: true });
  folder = mkdtempSync(join(cache, "run-snippets-"));
  mkdirSync(join(folder, "dist/orders"), { recursive: true });
  writeFileSync(join(folder, "dist/orders/index.js"), "exports.handler = async ({ id }) => id;\n");
  const zip = "dist/lambda-coverage-layer-latest.zip";
  symlinkSync(join(root, zip), join(folder, zip));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  writeFileSync(join(folder, "run.ts"), runner);
  s3 = await startLocalS3({ buckets: [bucket] });
  await new SampleBucket(s3).addRun("coverage/", 5);
});
afterAll(async () => {
  await s3.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** tsx takes long over the CDK; the local Lambda, on the other hand, finds its own files beside it. */
async function commandFor(code: string): Promise<[command: string, args: string[]]> {
  if (!code.includes("aws-cdk-lib")) {
    return [join(root, "node_modules/.bin/tsx"), ["--tsconfig", "tsconfig.json", "run.ts"]];
  }
  const outfile = join(folder, "run.mjs");
  const entryPoints = [join(folder, "run.ts")];
  const alias = { "lambda-coverage-layer/cdk": join(root, "src/cdk/index.ts") };
  const common = { bundle: true, platform: "node", format: "esm", logLevel: "silent" } as const;
  await build({ ...common, entryPoints, outfile, alias, external: ["aws-cdk-lib", "constructs"] });
  return [process.execPath, [outfile]];
}

async function run(code: string): Promise<string> {
  writeFileSync(join(folder, "snippet.ts"), code.replaceAll("my-coverage-bucket", bucket));
  const [command, args] = await commandFor(code);
  const { stdout } = await promisify(execFile)(command, args, {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      COVERAGE_S3_BUCKET: bucket,
      AWS_ENDPOINT_URL_S3: s3.endpoint,
      AWS_REGION: s3.region,
      AWS_ACCESS_KEY_ID: s3.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
      CDK_OUTDIR: join(folder, "cdk.out"),
    },
  });
  return stdout;
}

test("there are snippets of each kind", () => {
  for (const name of ["lambda-coverage-layer", "lambda-coverage-layer/cdk", "lambda-coverage-layer/local"]) {
    expect(snippets.some(({ code }) => code.includes(`from "${name}"`))).toBe(true);
  }
});

test.each(snippets)("$place", async ({ code }) => {
  const printed = await run(code);
  if (code.includes("export const handler") || code.includes("export async function handler")) {
    expect(printed).toMatch(/^answer: ("TEA"|\{"statusCode":200,)/m);
  }
  if (code.includes("new App()")) {
    const template = readFileSync(join(folder, "cdk.out/Shop.template.json"), "utf8");
    expect(template).toContain('"AWS_LAMBDA_EXEC_WRAPPER": "/opt/coverage-wrapper"');
  }
  if (code.includes("combineCoverageFiles")) expect(printed).toMatch(/^\d+(\.\d+)? s3:\/\//);
  if (code.includes("startLocalLambda")) expect(printed).toMatch(/^1 \d/);
});
