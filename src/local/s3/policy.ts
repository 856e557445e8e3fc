import { globPattern } from "./glob.ts";
import type { S3Policy } from "./types.ts";

/** Whether a policy allows an action on `bucket` or `bucket/key`. No policy allows all. */
export function allows(policy: S3Policy | undefined, action: string, resource: string): boolean {
  if (policy === undefined) return true;
  return policy.allow.some(
    (grant) =>
      grant.actions.some((pattern) => globPattern(pattern).test(action)) &&
      grant.resources.some((pattern) => globPattern(pattern.replace(/^arn:aws:s3:::/, "")).test(resource)),
  );
}
