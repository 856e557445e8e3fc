import { CfnOutput, RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import { LayerVersion } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import { CoverageBucket, CoverageCombiner, CoverageLayer, enableCoverage } from "../src/cdk/index.ts";
import { deployFunction } from "./deployed-function.ts";
import { testFunctions } from "./functions.ts";

export interface CoverageTestStackProps extends StackProps {
  /** A published layer version to test. Default: the layer that was built here. */
  layerArn?: string;
}

/** The functions of the load test, on a layer given by its ARN: what `make test-deploy` deploys. */
export class CoverageTestStack extends Stack {
  constructor(scope: Construct, id: string, props: CoverageTestStackProps = {}) {
    super(scope, id, props);
    const bucket = new CoverageBucket(this, "CoverageBucket", { removalPolicy: RemovalPolicy.RETAIN });
    const layer =
      props.layerArn === undefined
        ? new CoverageLayer(this, "CoverageLayer")
        : LayerVersion.fromLayerVersionArn(this, "CoverageLayer", props.layerArn);
    for (const row of testFunctions) {
      const fn = deployFunction(this, row);
      enableCoverage(fn, { bucket, layer, wrapper: row.wrapper, logLevel: "DEBUG" });
      new CfnOutput(this, `${row.id}Name`, { value: fn.functionName });
    }
    const combiner = new CoverageCombiner(this, "CoverageCombiner", { bucket, layer, trigger: "manual" });
    new CfnOutput(this, "CombinerName", { value: combiner.function.functionName });
    new CfnOutput(this, "BucketName", { value: bucket.bucketName });
  }
}
