/**
 * `make demo`: the whole path on this machine. The example service runs in the local Lambda with the layer by
 * its exec wrapper, coverage goes to the S3-protocol server, is combined and reported. Exit 1 when a step fails.
 */
import { execFile } from "node:child_process";
import { rmSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { bundleExample } from "../examples/bundle.ts";
import { flows, spotlight } from "../examples/orders/events.ts";
import packageJson from "../package.json" with { type: "json" };
import { combine } from "../src/combine/index.ts";
import type { CombineResult } from "../src/combine/result.ts";
import {
  type LocalFunctionConfig,
  type LocalS3,
  startLocalLambda,
  startLocalS3,
} from "../src/local/index.ts";
import { renderText, reportableMap, reportModel, writeReports } from "../src/report/index.ts";
import { openStore } from "../src/store/open-store.ts";
import type { CoverageStore } from "../src/store/store.ts";
import { onlyRanHere } from "./demo/only-ran-here.ts";
import { type Answer, runFlows } from "./demo/run-flows.ts";
import { heading, look, step } from "./demo/steps.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, ".demo");
const layerZip = join(root, "dist", `lambda-coverage-layer-${packageJson.version}.zip`);
const environments = 3;

async function demo(): Promise<void> {
  // The AWS SDK announces on Node 20 that it will need 22 in 2027; this run is not the place for it.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
  rmSync(folder, { recursive: true, force: true });
  await step("build the layer", async () => {
    await promisify(execFile)("npm", ["run", "--silent", "build:layer"], { cwd: root });
    return { value: undefined, done: `${relative(root, layerZip)}, ${kilobytes(layerZip)}` };
  });
  await step("bundle the service", async () => {
    await bundleExample("orders/src/index.ts", join(folder, "orders"));
    return {
      value: undefined,
      done: `examples/orders, ${kilobytes(join(folder, "orders/index.js"))} and its source map`,
    };
  });
  const s3 = await step("start S3 server", async () => {
    const server = await startLocalS3({
      buckets: ["demo-coverage", "demo-orders"],
      directory: join(folder, "s3"),
    });
    return { value: server, done: server.endpoint };
  });
  try {
    const answers = await runService(s3);
    await report(s3, answers);
  } finally {
    await s3.stop();
  }
}

async function runService(s3: LocalS3): Promise<Answer[]> {
  const lambda = await startLocalLambda({ s3 });
  try {
    await step("start local Lambda", async () => {
      await lambda.createFunction(ordersFunction());
      return { value: undefined, done: "function orders on nodejs24.x, with the layer" };
    });
    return await step("send requests", async (progress) => {
      const total = flows.reduce((sum, flow) => sum + flow.steps.length, 0);
      const invoke = (event: unknown) => lambda.invoke("orders", event);
      const answers = await runFlows(flows, environments, invoke, (count) =>
        progress(`${count} of ${total}`),
      );
      const sandboxes = new Set(answers.map((answer) => answer.result.sandboxId)).size;
      return {
        value: answers,
        done: `${total} answered as expected, in ${sandboxes} execution environments`,
      };
    });
  } finally {
    await lambda.stop();
  }
}

function ordersFunction(): LocalFunctionConfig {
  return {
    name: "orders",
    runtime: "nodejs24.x",
    code: join(folder, "orders"),
    handler: "index.handler",
    layers: [layerZip],
    timeoutSeconds: 10,
    memoryMb: 512,
    environment: {
      AWS_LAMBDA_EXEC_WRAPPER: "/opt/coverage-wrapper",
      COVERAGE_S3_BUCKET: "demo-coverage",
      ORDERS_BUCKET: "demo-orders",
    },
  };
}

async function report(s3: LocalS3, answers: readonly Answer[]): Promise<void> {
  const { store, prefix } = await openDemoBucket(s3);
  const result = await step("combine", async (progress) => {
    const combined = await combine({
      store,
      prefix,
      root,
      onProgress: ({ processed }) => progress(`${processed} coverage files`),
    });
    if (combined.filesProcessed < answers.length) {
      throw new Error(`only ${combined.filesProcessed} coverage files of ${answers.length} requests arrived`);
    }
    return { value: combined, done: `${combined.filesProcessed} coverage files` };
  });
  const model = reportModel(result, { location: `${store.location}/${prefix}`, generatedAt: new Date() });
  const reports = await step("write reports", async () => {
    const coverageMap = reportableMap(result.coverageMap, true);
    const written = await writeReports(
      { model, coverageMap, result, version: packageJson.version },
      { directory: join(folder, "report"), formats: ["html", "lcov", "json"] },
    );
    return { value: written, done: written.map(({ format }) => format).join(", ") };
  });

  heading("What ran in the deployed function, by original source");
  process.stdout.write(`\n${renderText(model, { colour: look.colour, width: look.width, maxItems: 12 })}`);
  await printSpotlight(store, prefix, result, answers);
  const html = reports.find(({ format }) => format === "html")?.file ?? "";
  heading("The same in your browser");
  process.stdout.write(`  ${pathToFileURL(html)}\n`);
  heading("Look further into the bucket, which is a folder here");
  process.stdout.write("  npm run --silent lambda-coverage -- combine .demo/s3/demo-coverage\n");
  checkTotals(model.totals.statements);
}

/** As `lambda-coverage combine s3://demo-coverage/coverage/` would, with the server's address and credentials. */
async function openDemoBucket(s3: LocalS3): Promise<{ store: CoverageStore; prefix: string }> {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_REGION: s3.region,
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
  });
  return openStore("s3://demo-coverage/coverage/");
}

async function printSpotlight(
  store: CoverageStore,
  prefix: string,
  all: CombineResult,
  answers: readonly Answer[],
): Promise<void> {
  const requestId = answers.find((answer) => answer.step.title === spotlight)?.result.requestId;
  if (requestId === undefined) throw new Error(`no request "${spotlight}" was sent`);
  const one = await combine({ store, prefix, root, filter: (key) => key.includes(requestId) });
  const found = onlyRanHere(all.coverageMap, one.coverageMap);
  if (found.length === 0) throw new Error(`"${spotlight}" ran nothing that no other request ran`);
  heading(`What the request "${spotlight}" ran and no other did`);
  for (const { path, lines } of found) {
    process.stdout.write(`  ${path}\n`);
    const source = all.sources.get(path)?.split("\n");
    for (const line of lines) {
      const text = cut(source?.[line - 1]?.trimEnd() ?? "", (look.width ?? 120) - 10);
      process.stdout.write(`  ${look.colours.dim(`${String(line).padStart(5)} │`)} ${text}\n`);
    }
  }
}

function cut(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text;
}

function checkTotals({ covered, total }: { covered: number; total: number }): void {
  if (covered > 0 && covered < total) return;
  throw new Error(`${covered} of ${total} statements ran: a demo of this service never has none or all`);
}

function kilobytes(file: string): string {
  return `${Math.round(statSync(file).size / 1024).toLocaleString("en-US")} KB`;
}

demo().catch((error: unknown) => {
  process.stdout.write(`\ndemo failed: ${error instanceof Error ? error.message : String(error)}\n`);
  if (process.env.DEBUG) console.error(error);
  process.exitCode = 1;
});
