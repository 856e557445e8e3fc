import { Annotations, Stack } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import {
  contentPrefixes,
  functionKeyPatterns,
  mappingsPrefix,
  scriptsPrefix,
} from "../contract/object-keys.ts";
import { acknowledge } from "./acknowledge.ts";
import type { AnyBucket } from "./coverage-bucket.ts";

/**
 * What a function with the layer needs: to put coverage files and what is named by its hash, and to see whether a
 * script is there (HEAD). Not sums, mappings and reports: readers believe them, since only combiners write them.
 */
export function grantCollect(fn: LambdaFunction, bucket: AnyBucket, prefix: string): void {
  allow(fn, [
    new PolicyStatement({
      actions: ["s3:PutObject"],
      resources: functionKeyPatterns(prefix).map((pattern) => bucket.arnForObjects(pattern)),
    }),
    new PolicyStatement({
      actions: ["s3:GetObject"],
      resources: [bucket.arnForObjects(`${scriptsPrefix}*`)],
    }),
  ]);
  bucket.encryptionKey?.grantEncryptDecrypt(fn);
}

/** What the combiner needs: to list and get all, to put reports, sums and the mappings that it keeps. */
export function grantCombine(fn: LambdaFunction, bucket: AnyBucket, prefix: string, outputs: string[]): void {
  const objects = (folders: readonly string[]) => folders.map((folder) => bucket.arnForObjects(`${folder}*`));
  allow(fn, [
    new PolicyStatement({ actions: ["s3:ListBucket"], resources: [bucket.bucketArn] }),
    new PolicyStatement({
      actions: ["s3:GetObject"],
      resources: objects([prefix, ...contentPrefixes, mappingsPrefix]),
    }),
    new PolicyStatement({ actions: ["s3:PutObject"], resources: objects([...outputs, mappingsPrefix]) }),
  ]);
  bucket.encryptionKey?.grantEncryptDecrypt(fn);
}

function allow(fn: LambdaFunction, statements: PolicyStatement[]): void {
  for (const statement of statements) {
    if (added(fn, statement)) {
      acknowledgeWildcards(fn, statement);
      continue;
    }
    Annotations.of(fn).addWarningV2(
      "lambda-coverage:RoleNotChanged",
      "The function's role is not managed by this app. Add to it: " +
        JSON.stringify(Stack.of(fn).resolve(statement.toStatementJson())),
    );
  }
}

/** False where the role stays as it is. An immutable role says yes to a statement; only its class tells it apart. */
function added(fn: LambdaFunction, statement: PolicyStatement): boolean {
  if (fn.role !== undefined && /^ImmutableRole/.test(fn.role.constructor.name)) return false;
  return fn.grantPrincipal.addToPrincipalPolicy(statement).statementAdded;
}

/** Explains to cdk-nag the wildcards of our own grants, and no others of the function's role. */
function acknowledgeWildcards(fn: LambdaFunction, statement: PolicyStatement): void {
  for (const resource of statement.resources.filter((arn) => arn.includes("*"))) {
    const text = flatReference(Stack.of(fn).resolve(resource));
    acknowledge(fn.role ?? fn, `AwsSolutions-IAM5[Resource::${text}]`, wildcardReason);
  }
}

/** A CloudFormation value as cdk-nag writes it in a finding's id: `<LogicalId.Arn>/coverage/*`. */
function flatReference(value: unknown): string {
  if (typeof value === "string") return value;
  const node = value as { "Fn::Join"?: [string, unknown[]]; "Fn::GetAtt"?: string[]; Ref?: string };
  if (node["Fn::Join"] !== undefined) return node["Fn::Join"][1].map(flatReference).join(node["Fn::Join"][0]);
  if (node["Fn::GetAtt"] !== undefined) return `<${node["Fn::GetAtt"].join(".")}>`;
  return node.Ref === undefined ? JSON.stringify(value) : `<${node.Ref}>`;
}

const wildcardReason =
  "Object keys end in a date, request id or content hash, so the layer is granted its own prefixes, not single keys.";
