/** From what the AWS SDK throws to what a user can do about it. */
import { StoreError, type StoreErrorCode } from "./store-error.ts";

type Operation = "list" | "get" | "put";

interface Request {
  bucket: string;
  operation: Operation;
  /** Object key; the prefix when listing. */
  key: string;
}

interface Verdict {
  code: StoreErrorCode;
  message: string;
  remedy: string;
  action?: string;
}

/** S3 names the missing permission after the action, which differs from the operation's name. */
const actions: Record<Operation, string> = {
  list: "s3:ListBucket",
  get: "s3:GetObject",
  put: "s3:PutObject",
};

const networkCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EPIPE",
  "ERR_STREAM_PREMATURE_CLOSE",
  "TimeoutError",
  "ECONNABORTED",
  "CERT_HAS_EXPIRED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
]);

interface SdkError {
  name?: string;
  code?: string;
  message?: string;
  /** S3 names the bucket's region where the request went to another one. */
  Region?: string;
  $metadata?: { httpStatusCode?: number; attempts?: number };
}

export function storeErrorFromS3(error: unknown, request: Request): StoreError {
  const sdk = (typeof error === "object" && error !== null ? error : { message: String(error) }) as SdkError;
  const { code, message, remedy, action } = verdict(sdk, request);
  return new StoreError(code, message, {
    location: `s3://${request.bucket}`,
    key: request.key,
    remedy,
    action,
    cause: error,
  });
}

function verdict(error: SdkError, request: Request): Verdict {
  const name = error.name === "Error" ? (error.code ?? "Error") : (error.name ?? "Error");
  const status = error.$metadata?.httpStatusCode;
  const byName = verdictsByName[name]?.(request);
  if (byName !== undefined) return byName;
  if (name === "AuthorizationHeaderMalformed" || name === "PermanentRedirect")
    return wrongRegion(error, request);
  if (networkCodes.has(name) || networkCodes.has(error.code ?? "")) return unreachable(error, request);
  if (status === 403) return accessDenied(request);
  if (status === 404) return request.operation === "list" ? noSuchBucket(request) : noSuchKey(request);
  const tried = error.$metadata?.attempts ?? 1;
  return {
    code: "StoreFailed",
    message: `S3 answered ${name}${status === undefined ? "" : ` (HTTP ${status})`} to ${describe(request)} after ${tried} ${tried === 1 ? "try" : "tries"}: ${error.message ?? "no message"}`,
    remedy: "Try again; if it stays, look the code up in S3's list of error responses.",
  };
}

const expired = (request: Request): Verdict => ({
  code: "ExpiredCredentials",
  message: `your AWS credentials have expired (${describe(request)})`,
  remedy: "Sign in again, e.g. `aws sso login`, or renew AWS_SESSION_TOKEN.",
});

const noCredentials = (): Verdict => ({
  code: "NoCredentials",
  message: "no AWS credentials were found",
  remedy: "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `aws configure`.",
});

const badCredentials = (): Verdict => ({
  code: "BadCredentials",
  message: "S3 does not accept these AWS credentials",
  remedy: "Check AWS_PROFILE or the access key; keys that were deleted or mistyped end here.",
});

const clockSkew = (): Verdict => ({
  code: "ClockSkew",
  message: "S3 refuses the request because this machine's clock is off",
  remedy: "Set the clock; S3 allows 15 minutes.",
});

const verdictsByName: Record<string, (request: Request) => Verdict> = {
  NoSuchBucket: noSuchBucket,
  NoSuchKey: noSuchKey,
  NotFound: noSuchKey,
  AccessDenied: accessDenied,
  AllAccessDisabled: accessDenied,
  ExpiredToken: expired,
  ExpiredTokenException: expired,
  TokenRefreshRequired: expired,
  CredentialsProviderError: noCredentials,
  InvalidAccessKeyId: badCredentials,
  SignatureDoesNotMatch: badCredentials,
  InvalidToken: badCredentials,
  RequestTimeTooSkewed: clockSkew,
};

function describe({ bucket, operation, key }: Request): string {
  const words = { list: "listing", get: "reading", put: "writing" };
  return `${words[operation]} s3://${bucket}/${key}`;
}

function noSuchBucket({ bucket }: Request): Verdict {
  return {
    code: "NoSuchBucket",
    message: `there is no bucket ${bucket}`,
    remedy: "Check the name (COVERAGE_S3_BUCKET of the function) and that AWS_PROFILE is the right account.",
  };
}

function noSuchKey({ bucket, key }: Request): Verdict {
  return {
    code: "NoSuchKey",
    message: `there is no object s3://${bucket}/${key}`,
    remedy: "Check the key, and whether a lifecycle rule has removed it.",
  };
}

function accessDenied(request: Request): Verdict {
  const action = actions[request.operation];
  const arn = `arn:aws:s3:::${request.bucket}`;
  const resource = request.operation === "list" ? arn : `${arn}/${request.key}`;
  // S3 answers 403, not 404, for a missing key where the caller may not list the bucket.
  const orMissing =
    request.operation === "get" ? " If the object may be missing, allow s3:ListBucket to be told so." : "";
  return {
    code: "AccessDenied",
    message: `access denied: ${describe(request)}`,
    remedy: `Allow ${action} on ${resource}.${orMissing}`,
    action,
  };
}

function wrongRegion(error: SdkError, request: Request): Verdict {
  const region = error.Region === undefined ? "the bucket's region" : error.Region;
  return {
    code: "WrongRegion",
    message: `bucket ${request.bucket} lies in another region (${describe(request)})`,
    remedy: `Set AWS_REGION to ${region}.`,
  };
}

function unreachable(error: SdkError, request: Request): Verdict {
  const custom = process.env.AWS_ENDPOINT_URL_S3 || process.env.AWS_ENDPOINT_URL;
  return {
    code: "Unreachable",
    message: `S3 cannot be reached: ${error.message || error.code || error.name} (${describe(request)})`,
    remedy: custom
      ? `Is a server listening at ${custom} (AWS_ENDPOINT_URL_S3)?`
      : "Check network, proxy and region.",
  };
}
