/**
 * `npm run sample-report`: docs/sample-report, the html report of the order service's requests, one after the
 * other in one execution environment. Needs a built layer. `--check`: exit 1 where the committed one differs.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleExample } from "../examples/bundle.ts";
import { flows } from "../examples/orders/events.ts";
import { combine } from "../src/combine/index.ts";
import { startLocalLambda, startLocalS3 } from "../src/local/index.ts";
import { probeFolder } from "../src/probe-package/index.ts";
import { reportInput, writeReports } from "../src/report/index.ts";
import { DirectoryStore } from "../src/store/directory-store.ts";
import { layerZip, root, version } from "./demo/places.ts";
import { runFlows } from "./demo/run-flows.ts";

const committed = join(root, "docs/sample-report");
const location = "s3://demo-coverage/coverage/";
/** In place of the run's own time, so that two runs are equal. */
const at = "2026-11-20T12:00:00.000Z";

const bundle = join(root, ".cache/sample-report");
const folder = mkdtempSync(join(tmpdir(), "sample-report-"));
try {
  await bundleExample("orders/src/index.ts", bundle);
  await probeFolder(bundle);
  await sendRequests(join(folder, "s3"));
  const store = new DirectoryStore(join(folder, "s3/demo-coverage"));
  const result = await combine({ store, prefix: "coverage/", root });
  const input = reportInput(Object.assign(result, { period: { from: at, to: at } }), {
    location,
    generatedAt: new Date(at),
    version,
  });
  if (process.argv.includes("--check")) await check(input);
  else {
    rmSync(committed, { recursive: true, force: true });
    await writeReports(input, { directory: committed, formats: ["html"] });
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function sendRequests(directory: string): Promise<void> {
  const s3 = await startLocalS3({ buckets: ["demo-coverage", "demo-orders"], directory });
  try {
    const lambda = await startLocalLambda({ s3 });
    try {
      await lambda.createFunction({
        name: "orders",
        runtime: "nodejs24.x",
        code: bundle,
        handler: "index.handler",
        layers: [layerZip],
        timeoutSeconds: 30,
        memoryMb: 512,
        environment: {
          AWS_LAMBDA_EXEC_WRAPPER: "/opt/coverage-wrapper",
          COVERAGE_S3_BUCKET: "demo-coverage",
          ORDERS_BUCKET: "demo-orders",
        },
      });
      await runFlows(
        flows,
        1,
        (event) => lambda.invoke("orders", event),
        () => {},
      );
    } finally {
      await lambda.stop();
    }
  } finally {
    await s3.stop();
  }
}

async function check(input: Parameters<typeof writeReports>[0]): Promise<void> {
  const fresh = join(folder, "report");
  await writeReports(input, { directory: fresh, formats: ["html"] });
  const [wanted, found] = [fresh, committed].map(filesOf);
  const names = new Set([...Object.keys(wanted ?? {}), ...Object.keys(found ?? {})]);
  const different = [...names].filter((name) => wanted?.[name] !== found?.[name]);
  if (different.length === 0) return;
  console.error(`docs/sample-report is stale (${different.join(", ")}): npm run sample-report`);
  process.exitCode = 1;
}

function filesOf(directory: string): Record<string, string> {
  const names = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Object.fromEntries(
    names.map((entry) => {
      const file = join(entry.parentPath, entry.name);
      return [file.slice(directory.length + 1), readFileSync(file, "utf8")];
    }),
  );
}
