/**
 * `make demo`: the whole path on this machine. The example service runs in the local Lambda with the layer by
 * its exec wrapper, coverage goes to the S3-protocol server, is combined and reported. Exit 1 when a step fails.
 */
import { execFile } from "node:child_process";
import { rmSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { bundleExample } from "../examples/bundle.ts";
import { startLocalS3 } from "../src/local/index.ts";
import { probeFolder } from "../src/probe-package/index.ts";
import { folder, layerZip, root } from "./demo/places.ts";
import { runServices } from "./demo/services.ts";
import { showReport } from "./demo/show-report.ts";
import { step } from "./demo/steps.ts";

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
  await step("probe the service", async () => {
    const { report } = await probeFolder(join(folder, "orders"));
    const added = Math.round(report.sizes.zippedProbes / 1024);
    return {
      value: undefined,
      done: `${report.probes.toLocaleString("en-US")} probes, ${added} KB more in its zip`,
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
    const { answers, others } = await runServices(s3);
    await showReport(s3, answers, answers.length + others);
  } finally {
    await s3.stop();
  }
}

function kilobytes(file: string): string {
  return `${Math.round(statSync(file).size / 1024).toLocaleString("en-US")} KB`;
}

demo().catch((error: unknown) => {
  process.stdout.write(`\ndemo failed: ${error instanceof Error ? error.message : String(error)}\n`);
  if (process.env.DEBUG) console.error(error);
  process.exitCode = 1;
});
