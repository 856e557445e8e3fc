/** The testing stack's functions in a local Lambda, each with the layer and bare, beside a local bucket. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execWrapperVariable, layerName, wrapperPath } from "../contract/runtimes.ts";
import { layerVersion } from "../contract/version.ts";
import type { LocalLambda, LocalS3, NodeRuntime } from "../local/index.ts";
import { LoadTestError } from "./load-test-error.ts";
import { bareName } from "./plan.ts";

/** Bundled by scripts/bundle-test-functions.ts, out of infra/test-functions. */
const functionsFolder = fileURLToPath(new URL("../../dist/test-functions/", import.meta.url));
const layerZip = fileURLToPath(
  new URL(`../../dist/${layerName.nodejs}-${layerVersion}.zip`, import.meta.url),
);

const entries = { MainTestFunction: "main", SimpleTestFunction: "simple", ErrorTestFunction: "error" };
export const localFunctions = Object.keys(entries);
export const localBucket = "coverage-load-test";

export interface LocalStack {
  lambda: LocalLambda;
  s3: LocalS3;
  stop(): Promise<void>;
}

export interface LocalStackOptions {
  /** Where the bucket is kept as files. */
  directory: string;
  runtime: NodeRuntime;
  /** Each function without the layer too. */
  bare: boolean;
  /** Idle environments that stay: enough for all workers and functions. */
  environments: number;
}

export async function startLocalStack(options: LocalStackOptions): Promise<LocalStack> {
  for (const path of [layerZip, functionsFolder]) if (!existsSync(path)) throw notBuilt(path);
  const { startLocalLambda, startLocalS3 } = await import("../local/index.ts");
  const s3 = await startLocalS3({ buckets: [localBucket], directory: options.directory });
  try {
    const lambda = await startLocalLambda({ s3, maxIdleSandboxes: options.environments });
    try {
      await createFunctions(lambda, options);
    } catch (error) {
      await lambda.stop();
      throw error;
    }
    return { lambda, s3, stop: () => lambda.stop().finally(() => s3.stop()) };
  } catch (error) {
    await s3.stop();
    throw error;
  }
}

async function createFunctions(lambda: LocalLambda, { runtime, bare }: LocalStackOptions): Promise<void> {
  for (const [name, folder] of Object.entries(entries)) {
    const common = {
      runtime,
      code: join(functionsFolder, folder),
      handler: "index.handler",
      timeoutSeconds: 10,
      memoryMb: 256,
    };
    await lambda.createFunction({
      ...common,
      name,
      layers: [layerZip],
      environment: { [execWrapperVariable]: wrapperPath, COVERAGE_S3_BUCKET: localBucket },
    });
    if (bare) await lambda.createFunction({ ...common, name: bareName(name) });
  }
}

function notBuilt(path: string): LoadTestError {
  return new LoadTestError("LoadTestFunctions", `${path} has not been built`, {
    remedy:
      "Run `make load-test`, which builds both, or name deployed functions by --functions and --bucket.",
  });
}
