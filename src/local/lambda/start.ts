import { startChildServer } from "../child-server.ts";
import { deriveSessionKey } from "../s3/session-keys.ts";
import type { LocalS3, S3Request } from "../s3/types.ts";
import type { LocalEvent, LocalLambda, LocalLambdaOptions, S3Endpoint, SandboxStatus } from "../types.ts";
import type { HostOptions } from "./host.ts";

/** Each holds some 60 MB. */
const defaultMaxIdleSandboxes = 32;

/** Starts a local Lambda in a process of its own; functions run in processes below it. */
export async function startLocalLambda(options: LocalLambdaOptions = {}): Promise<LocalLambda> {
  const { s3 } = options;
  const hostOptions: HostOptions = {
    transport: options.transport ?? "auto",
    maxIdleSandboxes: options.maxIdleSandboxes ?? defaultMaxIdleSandboxes,
    isolation: options.isolation ?? "auto",
    region: options.region ?? s3?.region ?? "us-east-1",
    credentials: options.credentials ?? s3 ?? { accessKeyId: "AKIALOCAL", secretAccessKey: "local-secret" },
    deriveCredentials: options.credentials === undefined && s3 !== undefined && isOurs(s3),
    ...(s3 === undefined ? {} : { s3Endpoint: s3.endpoint }),
  };
  const { accessKeyId, secretAccessKey, sessionToken } = hostOptions.credentials;
  hostOptions.credentials = { accessKeyId, secretAccessKey };
  if (sessionToken !== undefined) hostOptions.credentials.sessionToken = sessionToken;
  const child = await startChildServer("host-main", import.meta.url);
  const started = await child.call<Pick<LocalLambda, "endpoint" | "isolation">>(
    "start",
    hostOptions,
    options.port ?? 0,
  );
  return {
    ...started,
    pid: child.pid,
    createFunction: (config) => child.call("createFunction", config),
    invoke: (name, payload, choice = {}) =>
      child.call("invoke", name, { payload: JSON.stringify(payload) ?? "null", ...choice }),
    events: async ({ sandboxId } = {}) => {
      const events = await child.call<LocalEvent[]>("events", sandboxId);
      if (s3 === undefined || !isOurs(s3)) return events;
      const sandboxes = await child.call<SandboxStatus[]>("sandboxes");
      return withS3Requests(events, await s3.requests(), s3, sandboxes, sandboxId);
    },
    logs: (name, sandboxId) => child.call("logs", name, sandboxId),
    sandboxes: (name) => child.call("sandboxes", name),
    signalRuntime: (sandboxId, signal) => child.call("signalRuntime", sandboxId, signal),
    shutdown: (sandboxId) => child.call("shutdown", sandboxId),
    stop: () => child.stop(),
  };
}

function isOurs(s3: LocalS3 | S3Endpoint): s3 is LocalS3 {
  return "requests" in s3;
}

/** Joins both logs by time; the access key tells which sandbox a request came from. */
function withS3Requests(
  events: LocalEvent[],
  requests: S3Request[],
  s3: LocalS3,
  sandboxes: SandboxStatus[],
  only: string | undefined,
): LocalEvent[] {
  const owners = new Map(
    sandboxes.map(({ sandboxId }) => [deriveSessionKey(s3, sandboxId).accessKeyId, sandboxId]),
  );
  const fromS3 = requests.map((request): LocalEvent => {
    const { at, method, bucket, key, status } = request;
    const sandboxId = owners.get(request.accessKeyId ?? "") ?? "";
    const fault = request.fault === undefined ? "" : ` (fault ${request.fault})`;
    return {
      at,
      sandboxId,
      kind: "s3",
      detail: `${method} ${bucket}/${key} ${status ?? "unanswered"}${fault}`,
    };
  });
  return [...events, ...fromS3.filter((event) => only === undefined || event.sandboxId === only)].sort(
    (a, b) => a.at - b.at,
  );
}
