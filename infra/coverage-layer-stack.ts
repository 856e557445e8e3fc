import { CfnOutput, RemovalPolicy, Stack, type StackProps, Validations } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { Code, type Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { BlockPublicAccess, Bucket, BucketEncryption } from "aws-cdk-lib/aws-s3";
import type { Construct } from "constructs";
import {
  CoverageBucket,
  CoverageCombiner,
  CoverageLayer,
  CoverageMonitoring,
  enableCoverage,
} from "../src/cdk/index.ts";
import { bundleFolder } from "./bundle-folder.ts";
import { deployFunction } from "./deployed-function.ts";
import { exampleFunctions } from "./functions.ts";

/** Bucket, layer, every example, combiner, monitoring: what `make cdk-deploy` deploys. */
export class LambdaCoverageLayerStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const bucket = new CoverageBucket(this, "CoverageBucket");
    const layer = new CoverageLayer(this, "CoverageLayer", { layerVersionName: "lambda-coverage-layer" });
    const functions = exampleFunctions.map((row) => {
      const fn = deployFunction(this, row);
      enableCoverage(fn, { bucket, layer, wrapper: row.wrapper });
      return fn;
    });
    const orders = this.addOrders();
    enableCoverage(orders, { bucket, layer });
    const combiner = new CoverageCombiner(this, "CoverageCombiner", { bucket, layer });
    const daily = new CoverageCombiner(this, "CombinerExample", {
      bucket,
      layer,
      code: Code.fromAsset(bundleFolder("examples/combiner_function/index.ts")),
      handler: "index.daily",
      outputPrefixes: ["coverage/daily/"],
    });
    const watched = [...functions, orders];
    new CoverageMonitoring(this, "CoverageMonitoring", {
      logGroups: [...watched.map((fn) => fn.logGroup), combiner.logGroup, daily.logGroup],
    });
    new CfnOutput(this, "BucketName", { value: bucket.bucketName });
    new CfnOutput(this, "LayerArn", { value: layer.layerVersionArn });
    new CfnOutput(this, "CombinerName", { value: combiner.function.functionName });
  }

  /** The orders service keeps its documents in a bucket of its own. */
  private addOrders(): LambdaFunction {
    const documents = new Bucket(this, "OrdersBucket", {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    acknowledge(documents, "AwsSolutions-S1", "An example's documents; nobody audits who read them.");
    const fn = deployFunction(this, {
      id: "OrdersExample",
      entry: "examples/orders/src/index.ts",
      handler: "index.handler",
      wrapper: true,
      environment: { ORDERS_BUCKET: documents.bucketName },
      events: [],
    });
    const objects = documents.arnForObjects("*");
    fn.addToRolePolicy(
      new PolicyStatement({ actions: ["s3:GetObject", "s3:PutObject"], resources: [objects] }),
    );
    const finding = `AwsSolutions-IAM5[Resource::<${this.getLogicalId(documents.node.defaultChild as never)}.Arn>/*]`;
    acknowledge(fn.role ?? fn, finding, "Document keys are order numbers; the bucket holds nothing else.");
    return fn;
  }
}

function acknowledge(construct: Construct, id: string, reason: string): void {
  Validations.of(construct).acknowledge({ id, reason });
}
