/** Where and when the agent does not run, and what the one log line says about it. */
import type { Settings } from "../../contract/settings.ts";

export interface OffReason {
  code: string;
  message: string;
}

export function offReason(
  settings: Settings,
  env: Record<string, string | undefined>,
  execArgv: readonly string[] = [],
): OffReason | undefined {
  if (env.AWS_LAMBDA_INITIALIZATION_TYPE === "lambda-managed-instances" || env.AWS_LAMBDA_MAX_CONCURRENCY) {
    return {
      code: "ManagedInstances",
      message:
        "No coverage: on Lambda Managed Instances several invocations run at once and none can be told apart. Remove the layer's exec wrapper from this function",
    };
  }
  if (env.NODE_V8_COVERAGE || execArgv.some((arg) => arg.startsWith("--experimental-test-coverage"))) {
    return {
      code: "NodeV8Coverage",
      message:
        "No coverage: NODE_V8_COVERAGE is set, and both would reset the same counters. Unset NODE_V8_COVERAGE or set COVERAGE_ENABLED=false",
    };
  }
  if (settings.s3Bucket === undefined) {
    return {
      code: "NoBucket",
      message: "No coverage: COVERAGE_S3_BUCKET is not set. Set it to the bucket that coverage is stored in",
    };
  }
  return undefined;
}
