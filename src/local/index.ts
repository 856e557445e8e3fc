/**
 * A local Lambda and an S3-protocol server on loopback: `lambda-coverage local`, the demo, and the tests'
 * harness.
 */
export { startLocalLambda } from "./lambda/start.ts";
export { monotonicMs } from "./monotonic.ts";
export { startLocalS3 } from "./s3/start.ts";
export type {
  AccessKey,
  Fault,
  FaultKind,
  FaultPlan,
  LocalS3,
  LocalS3Options,
  S3Policy,
  S3Request,
} from "./s3/types.ts";
export type {
  ClientLine,
  InvokeResult,
  LocalEvent,
  LocalFunctionConfig,
  LocalLambda,
  LocalLambdaOptions,
  LocalRuntime,
  NodeRuntime,
  PythonRuntime,
  S3Endpoint,
  SandboxStatus,
} from "./types.ts";
