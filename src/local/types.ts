/** What tests and tools say to the local Lambda, and what it tells them. */
import type { AccessKey, LocalS3 } from "./s3/types.ts";

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
  /** Kills the runtime once its processes hold more than `memoryMb`. Default false: it is only measured. */
  enforceMemory?: boolean;
  /** Limit of the init phase before Lambda starts over. Default 10 s, as on Lambda. */
  initTimeoutMs?: number;
  /** Words put before the runtime's command line, which they `exec`: `taskset -c 1`, for benches. */
  launchPrefix?: string[];
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
  /** The function or an extension held past the deadline: even where the runtime had answered in time. */
  timedOut: boolean;
  /** What the runtime had answered before the deadline passed, where `timedOut`. */
  answered?: string;
  /** Content type of the response, where the runtime sent one by streaming. */
  contentType?: string;
  /** From the start of the runtime's process until it asked for its first event; only where it was started. */
  initMs?: number;
  /** Peak resident memory of the runtime's process so far. */
  maxMemoryBytes: number;
}

/** One thing that happened, in the order in which it happened; `at` is a monotonic clock in ms. */
export interface LocalEvent {
  at: number;
  /** Empty for an S3 request of no sandbox. */
  sandboxId: string;
  kind:
    | "sandbox-start"
    | "process-start"
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

export interface SandboxStatus {
  sandboxId: string;
  functionName: string;
  /** The runtime's process; undefined while there is none. */
  pid?: number;
  state: "cold" | "busy" | "frozen" | "shutdown";
  /** The host's folder that is the sandbox's /tmp. */
  tmp: string;
  maxMemoryBytes: number;
}

/** An S3-protocol server that is not ours. */
export type S3Endpoint = Pick<LocalS3, "endpoint" | "region" | "accessKeyId" | "secretAccessKey">;

export interface LocalLambdaOptions {
  /**
   * Functions get its endpoint and region. Of a server of ours each sandbox gets credentials of its own, and its
   * requests show in `events`; of any other, all get the given ones.
   */
  s3?: LocalS3 | S3Endpoint;
  /** Of the Invoke API. Default: a free one. */
  port?: number;
  /**
   * How the real client's JavaScript reaches the Runtime API: by its own addon, or by a stand-in that needs
   * no compiler. `auto` takes the addon where it is built (`npm run build:addon`).
   */
  transport?: "addon" | "own" | "auto";
  /**
   * `auto`: mount namespaces make /var/task, /opt and /tmp the sandbox's own where the machine allows it;
   * `rewritten`: never, paths in the environment point to the sandbox's folders instead.
   */
  isolation?: "auto" | "rewritten";
  /** With more idle sandboxes than this, those idle for longest are shut down. Default 32. */
  maxIdleSandboxes?: number;
  region?: string;
  /** Replaces the credentials that functions get. */
  credentials?: AccessKey;
}

export interface LocalLambda {
  /** Lambda's Invoke API: for the AWS CLI and SDKs by --endpoint-url. */
  endpoint: string;
  /** What functions run on: mount namespaces or rewritten paths; the client's addon or our transport. */
  isolation: "namespace" | "rewritten";
  pid: number;
  createFunction(config: LocalFunctionConfig): Promise<void>;
  /** Resolves once runtime and extensions wait again. `any`: an idle sandbox, else a new one. */
  invoke(
    name: string,
    payload: unknown,
    options?: { sandbox?: "any" | "new" | string; clientContext?: string; requestId?: string },
  ): Promise<InvokeResult>;
  /** In order of time, S3 requests among them. */
  events(filter?: { sandboxId?: string }): Promise<LocalEvent[]>;
  /** What the function wrote to stdout and stderr, among Lambda's START, END and REPORT lines. */
  logs(name: string, sandboxId?: string): Promise<string>;
  sandboxes(name?: string): Promise<SandboxStatus[]>;
  signalRuntime(sandboxId: string, signal: NodeJS.Signals): Promise<void>;
  /** Lambda's shutdown phase, of one sandbox or of all. */
  shutdown(sandboxId?: string): Promise<void>;
  stop(): Promise<void>;
}
