/** What to do about a failed upload; docs/errors.md has the long form, by the same codes. */
import type { DeliveryError } from "../../shared/delivery-status.ts";

const remedies: Record<string, (bucket: string, key: string) => string> = {
  AccessDenied: allowPut,
  Http403: allowPut,
  NoSuchBucket: (bucket) => `create the bucket ${bucket} or correct COVERAGE_S3_BUCKET`,
  ExpiredToken: () => "nothing: the next environment gets fresh credentials",
  NoCredentials: () => "let the function run with a role; its credentials come from the environment",
  SignatureDoesNotMatch: () => "check that AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY belong together",
  NoBudget: () => "raise the function's timeout: no time was left before its deadline",
};

/** The grant that the whole prefix needs, not one day's folder. */
function allowPut(bucket: string, key: string): string {
  const prefix = key.replace(/(\d{4}\/\d{2}\/\d{2}\/)?[^/]*$/, "");
  return `allow s3:PutObject on arn:aws:s3:::${bucket}/${prefix}* for the function's role`;
}

const unreachable = "check the route to S3: a function in a VPC needs an S3 gateway endpoint or NAT";
const networkCodes = new Set([
  "Timeout",
  "ConnectTimeout",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ETIMEOUT",
  "ETIMEDOUT",
]);

export function remedyFor(error: DeliveryError, bucket: string, key: string): string | undefined {
  if (networkCodes.has(error.code)) return unreachable;
  return remedies[error.code]?.(bucket, key);
}
