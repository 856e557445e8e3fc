import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { AnyPrincipal, Effect, PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { CfnBucket, IBucket } from "aws-cdk-lib/aws-s3";
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type BucketProps,
  StorageClass,
} from "aws-cdk-lib/aws-s3";
import type { Construct } from "constructs";
import { functionKeyPatterns } from "../contract/object-keys.ts";
import { acknowledge } from "./acknowledge.ts";
import { coveragePrefix } from "./bucket-keys.ts";

/** Both, because with exactOptionalPropertyTypes the CDK's own `Bucket` is not assignable to its `IBucket`. */
export type AnyBucket = IBucket | Bucket;

export interface CoverageBucketProps {
  /** Default: a generated name. */
  bucketName?: string;
  /** Prefix of coverage files, as in COVERAGE_S3_PREFIX. Default `coverage/`. */
  prefix?: string;
  /** Days after which coverage files of 128 KB and more move to infrequent access. Default 30. */
  infrequentAccessAfterDays?: number;
  /** Days until they move to Glacier; combine cannot read them there before they are restored. Default 90. */
  glacierAfterDays?: number;
  /** Days until coverage files and reports are deleted. Default 365. */
  expireAfterDays?: number;
  /** Where access logs of this bucket go. Default: none are written. */
  serverAccessLogsBucket?: BucketProps["serverAccessLogsBucket"];
  /** Encrypt with this key instead of S3's own keys. `enableCoverage` grants the functions its use. */
  encryptionKey?: BucketProps["encryptionKey"];
  /** Send object events to EventBridge, which `CoverageCombiner`'s S3 trigger needs. Default false. */
  eventBridge?: boolean;
  /** What happens to the bucket when the stack is deleted. Default: it stays. */
  removalPolicy?: RemovalPolicy;
}

/**
 * The bucket for coverage files, script files and reports: encrypted, TLS only, not public. What functions put is
 * never overwritten, whoever asks: its policy refuses a PUT there that does not say `if-none-match`.
 * Coverage files age as the lifecycle says; `coverage-scripts/` is outside it, because files of any age need them.
 */
export class CoverageBucket extends Bucket {
  /** Prefix of coverage files, with its trailing slash. */
  readonly prefix: string;

  constructor(scope: Construct, id: string, props: CoverageBucketProps = {}) {
    const prefix = coveragePrefix(props.prefix);
    super(scope, id, {
      encryption: props.encryptionKey === undefined ? BucketEncryption.S3_MANAGED : BucketEncryption.KMS,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
      lifecycleRules: lifecycle(prefix, props),
      ...defined({
        bucketName: props.bucketName,
        encryptionKey: props.encryptionKey,
        bucketKeyEnabled: props.encryptionKey === undefined ? undefined : true,
        serverAccessLogsBucket: props.serverAccessLogsBucket,
      }),
    });
    this.prefix = prefix;
    this.addToResourcePolicy(nothingIsOverwritten(this));
    if (props.eventBridge === true) sendEventsToEventBridge(this);
    if (props.serverAccessLogsBucket === undefined) {
      acknowledge(
        this,
        "AwsSolutions-S1",
        "Holds coverage counters and reports; access logs are switched on with serverAccessLogsBucket where wanted.",
      );
    }
  }
}

/**
 * Below any prefix: a function may have one of its own. The second condition leaves out the requests of a multipart
 * upload that take no such header; the one that ends it takes it.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
 */
function nothingIsOverwritten(bucket: Bucket): PolicyStatement {
  return new PolicyStatement({
    sid: "NothingIsOverwritten",
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions: ["s3:PutObject"],
    resources: functionKeyPatterns("*").map((pattern) => bucket.arnForObjects(pattern)),
    conditions: {
      Null: { "s3:if-none-match": "true" },
      Bool: { "s3:ObjectCreationOperation": "true" },
    },
  });
}

function lifecycle(prefix: string, props: CoverageBucketProps) {
  return [
    {
      id: "CoverageFileRetention",
      prefix,
      transitions: [
        {
          storageClass: StorageClass.INFREQUENT_ACCESS,
          transitionAfter: Duration.days(props.infrequentAccessAfterDays ?? 30),
        },
        { storageClass: StorageClass.GLACIER, transitionAfter: Duration.days(props.glacierAfterDays ?? 90) },
      ],
      expiration: Duration.days(props.expireAfterDays ?? 365),
    },
    { id: "UnfinishedUploads", abortIncompleteMultipartUploadAfter: Duration.days(7) },
  ];
}

/** Not by Bucket's `eventBridgeEnabled`: that deploys a custom resource function for one property. */
function sendEventsToEventBridge(bucket: Bucket): void {
  const resource = bucket.node.defaultChild as CfnBucket;
  resource.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
}

/** Drops undefined properties, which exactOptionalPropertyTypes does not let through. */
function defined<T extends object>(properties: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(properties).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}
