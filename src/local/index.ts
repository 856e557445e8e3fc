/**
 * A local Lambda and an S3-protocol server on loopback: `lambda-coverage local`, the demo, and the tests'
 * harness. These types are what the tests write against.
 */

export type NodeRuntime = "nodejs22.x" | "nodejs24.x" | "nodejs26.x";
export type PythonRuntime = `python3.${number}`;
export type LocalRuntime = NodeRuntime | PythonRuntime;

/** Which line of the real runtime client to use; default: 4 (newest). */
export type ClientLine = 4 | 3;

export interface LocalFunctionConfig {
  name: string;
  runtime: LocalRuntime;
  /** Folder (or zip) with the function's code: LAMBDA_TASK_ROOT. */
  code: string;
  handler: string;
  environment?: Record<string, string>;
  /** Layer zips or folders, unpacked in order into one root that plays /opt. */
  layers?: string[];
  /** Default 3, as on Lambda. */
  timeoutSeconds?: number;
  /** Default 128. */
  memoryMb?: number;
  client?: ClientLine;
}

export interface InvokeResult {
  statusCode: number;
  /** `Handled` / `Unhandled` as Lambda's X-Amz-Function-Error, undefined on success. */
  functionError?: string;
  /** Response or error payload, as sent. */
  payload: string;
  requestId: string;
  sandboxId: string;
  /** From the event's hand-out to the response's arrival at the Runtime API. */
  latencyMs: number;
  /** From the event's hand-out to the moment when runtime and extensions all wait again. */
  heldMs: number;
  timedOut: boolean;
}

/** One thing that happened, in the order in which it happened; `at` is a monotonic clock in ms. */
export interface LocalEvent {
  at: number;
  sandboxId: string;
  kind:
    | "sandbox-start"
    | "extension-register"
    | "runtime-next"
    | "extension-next"
    | "invoke"
    | "response"
    | "error"
    | "init-error"
    | "freeze"
    | "thaw"
    | "exit"
    | "kill"
    | "timeout"
    | "log"
    | "s3";
  requestId?: string;
  /** kind-specific: the log line, exit code, S3 method and key with status, … */
  detail?: string;
}

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
