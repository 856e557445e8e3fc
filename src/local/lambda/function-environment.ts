/**
 * A function's variables as Lambda sets them.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
import type { DeployedFunction } from "./deployed-function.ts";

export interface EnvironmentParts {
  fn: DeployedFunction;
  paths: { var: string; opt: string; tmp: string };
  /** Of the real folders, where paths are rewritten. */
  rewritten: boolean;
  /** host:port */
  runtimeApi: string;
  logStream: string;
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  region: string;
  s3Endpoint: string | undefined;
}

export function functionEnvironment(parts: EnvironmentParts): Record<string, string> {
  const { config, runtime } = parts.fn;
  const { var: varPath, opt, tmp } = parts.paths;
  const libraries = ["/lib64", "/usr/lib64", `${varPath}/runtime`, `${varPath}/task`, `${opt}/lib`];
  const own: Record<string, string> = {
    PATH: `${varPath}/lang/bin:/usr/local/bin:/usr/bin/:/bin:${opt}/bin`,
    LD_LIBRARY_PATH: `${varPath}/lang/lib:${libraries.join(":")}`,
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    SHLVL: "0",
    _HANDLER: config.handler,
    LAMBDA_TASK_ROOT: `${varPath}/task`,
    LAMBDA_RUNTIME_DIR: `${varPath}/runtime`,
    AWS_LAMBDA_RUNTIME_API: parts.runtimeApi,
    AWS_LAMBDA_FUNCTION_NAME: config.name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(config.memoryMb),
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${config.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: parts.logStream,
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_EXECUTION_ENV: `AWS_Lambda_${config.runtime}`,
    AWS_REGION: parts.region,
    AWS_DEFAULT_REGION: parts.region,
    AWS_ACCESS_KEY_ID: parts.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: parts.credentials.secretAccessKey,
    AWS_XRAY_CONTEXT_MISSING: "LOG_ERROR",
    AWS_XRAY_DAEMON_ADDRESS: "169.254.79.129:2000",
    _AWS_XRAY_DAEMON_ADDRESS: "169.254.79.129",
    _AWS_XRAY_DAEMON_PORT: "2000",
    ...runtime.environment,
  };
  if (parts.credentials.sessionToken !== undefined) own.AWS_SESSION_TOKEN = parts.credentials.sessionToken;
  if (parts.s3Endpoint !== undefined) own.AWS_ENDPOINT_URL_S3 = parts.s3Endpoint;
  const set = { ...own, ...config.environment };
  return parts.rewritten ? rewritePaths(set, opt, tmp) : set;
}

/** Without namespaces: what points into /opt points to where it really lies. */
function rewritePaths(environment: Record<string, string>, opt: string, tmp: string) {
  const rewritten = Object.entries(environment).map(([name, value]) => [
    name,
    value.replace(/(^|[:=\s])\/opt(?=\/)/g, `$1${opt}`),
  ]);
  return { ...Object.fromEntries(rewritten), TMPDIR: tmp };
}
