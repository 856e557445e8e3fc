import { globPattern } from "./glob.ts";
import type { S3Policy, S3PolicyStatement } from "./types.ts";

/** Values of IAM's condition keys for one request; a key that is absent is IAM's Null. */
export type ConditionValues = Readonly<Record<string, string | undefined>>;

/** Whether a policy allows an action on `bucket` or `bucket/key`. No policy allows all. */
export function allows(
  policy: S3Policy | undefined,
  action: string,
  resource: string,
  values: ConditionValues = {},
): boolean {
  if (policy === undefined) return true;
  const applies = (statement: S3PolicyStatement) => isAbout(statement, action, resource, values);
  return policy.allow.some(applies) && !(policy.deny ?? []).some(applies);
}

function isAbout(
  { actions, resources, conditions = {} }: S3PolicyStatement,
  action: string,
  resource: string,
  values: ConditionValues,
): boolean {
  return (
    actions.some((pattern) => globPattern(pattern).test(action)) &&
    resources.some((pattern) => globPattern(pattern.replace(/^arn:aws:s3:::/, "")).test(resource)) &&
    Object.entries(conditions).every(([operator, tests]) =>
      Object.entries(tests).every(([key, wanted]) => holds(operator, values[key], wanted)),
    )
  );
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
function holds(operator: string, value: string | undefined, wanted: string): boolean {
  if (operator === "Null") return (value === undefined) === (wanted === "true");
  if (operator === "Bool") return value === wanted;
  throw new RangeError(`the condition operator ${operator} is not part of this server`);
}

/**
 * What a request says to conditions. Only requests that make an object have `s3:ObjectCreationOperation`; those of a
 * multipart upload before its last one do not make it yet.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
 */
export function conditionValues(
  operation: string,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): ConditionValues {
  const text = (name: string) => headers[name]?.toString();
  return {
    "aws:SecureTransport": "false",
    "s3:if-none-match": text("if-none-match"),
    "s3:if-match": text("if-match"),
    "s3:ObjectCreationOperation": creating[operation],
  };
}

const creating: Readonly<Record<string, string>> = {
  PutObject: "true",
  CopyObject: "true",
  CompleteMultipartUpload: "true",
  CreateMultipartUpload: "false",
  UploadPart: "false",
  UploadPartCopy: "false",
};
