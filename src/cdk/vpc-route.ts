import { Annotations, Stack } from "aws-cdk-lib";
import { CfnNatGateway, CfnVPCEndpoint, InterfaceVpcEndpoint } from "aws-cdk-lib/aws-ec2";
import type { CfnFunction, Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";

/**
 * Warns about a function in a VPC of this app that has neither a NAT gateway nor an S3 endpoint in sight.
 * What an imported VPC has is not known, so nothing is said about it.
 */
export function warnWithoutRouteToS3(fn: LambdaFunction): void {
  if (!fn.isBoundToVpc) return;
  const config = Stack.of(fn).resolve((fn.node.defaultChild as CfnFunction).vpcConfig) as
    | { subnetIds?: unknown[] }
    | undefined;
  const ownSubnets = (config?.subnetIds ?? []).some(
    (id) => typeof id === "object" && id !== null && "Ref" in id,
  );
  if (!ownSubnets || hasRoute(fn)) return;
  Annotations.of(fn).addWarningV2(
    "lambda-coverage:VpcWithoutS3",
    "The function runs in a VPC in which no NAT gateway and no S3 endpoint was found, so coverage cannot reach the " +
      'bucket. Add one: vpc.addGatewayEndpoint("S3", { service: GatewayVpcEndpointAwsService.S3 }) (no charge).',
  );
}

function hasRoute(fn: LambdaFunction): boolean {
  return fn.node.root.node.findAll().some((node) => {
    if (node instanceof CfnNatGateway) return true;
    if (node instanceof CfnVPCEndpoint)
      return /s3/.test(JSON.stringify(Stack.of(node).resolve(node.serviceName)));
    return node instanceof InterfaceVpcEndpoint && /s3/.test(node.node.id);
  });
}
