import { Annotations, CfnOutput, RemovalPolicy, Stack, type StackProps, Validations } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { Code, type Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { BlockPublicAccess, Bucket, BucketEncryption } from "aws-cdk-lib/aws-s3";
import type { Construct } from "constructs";
import { grantCombine } from "../src/cdk/grants.ts";
import {
  CoverageBucket,
  CoverageCombiner,
  CoverageLayer,
  CoverageMonitoring,
  enableCoverage,
} from "../src/cdk/index.ts";
import { isLayerBuilt } from "../src/cdk/layer-zip.ts";
import { bundleFolder } from "./bundle-folder.ts";
import { deployFunction, deployPythonFunction } from "./deployed-function.ts";
import { exampleFunctions, pythonExampleFunctions } from "./functions.ts";

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
    const watched = [...functions, orders, ...this.addPythonExamples(bucket)];
    new CoverageMonitoring(this, "CoverageMonitoring", {
      logGroups: [...watched.map((fn) => fn.logGroup), combiner.logGroup, daily.logGroup],
    });
    new CfnOutput(this, "BucketName", { value: bucket.bucketName });
    new CfnOutput(this, "LayerArn", { value: layer.layerVersionArn });
    new CfnOutput(this, "CombinerName", { value: combiner.function.functionName });
  }

  /** With the Python layer, which needs PyPI to be built: left out of an offline synthesis that has none. */
  private addPythonExamples(bucket: CoverageBucket): LambdaFunction[] {
    if (!isLayerBuilt("python")) {
      const message = "The Python examples are left out: build their layer by npm run build:layer:python.";
      Annotations.of(this).addWarningV2("infra:no-python-layer", message);
      return [];
    }
    const pythonLayer = new CoverageLayer(this, "PythonCoverageLayer", { family: "python" });
    return pythonExampleFunctions.map((row) => {
      const fn = deployPythonFunction(this, row);
      acknowledge(fn, "AwsSolutions-L1", "The layer has coverage.py for python3.9 to 3.14.");
      if (row.combines === true) {
        fn.addLayers(pythonLayer);
        fn.addEnvironment("COVERAGE_S3_BUCKET", bucket.bucketName);
        grantCombine(fn, bucket, bucket.prefix, [`${bucket.prefix}combined`]);
      } else enableCoverage(fn, { bucket, pythonLayer, wrapper: row.wrapper });
      return fn;
    });
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
