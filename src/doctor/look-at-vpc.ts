import type { EC2Client, RouteTable, VpcEndpoint } from "@aws-sdk/client-ec2";

/**
 * Whether every subnet leads to S3: by a gateway endpoint on its route table, an interface endpoint in the VPC, or a
 * default route to anything but an internet gateway (a function in a VPC has no public address to use one with).
 */
export async function hasRouteToS3(
  ec2: EC2Client,
  vpcId: string,
  subnetIds: readonly string[],
): Promise<boolean> {
  const { DescribeRouteTablesCommand, DescribeVpcEndpointsCommand } = await import("@aws-sdk/client-ec2");
  const Filters = [{ Name: "vpc-id", Values: [vpcId] }];
  const { RouteTables = [] } = await ec2.send(new DescribeRouteTablesCommand({ Filters }));
  const { VpcEndpoints = [] } = await ec2.send(new DescribeVpcEndpointsCommand({ Filters }));
  const endpoints = VpcEndpoints.filter((it) => it.ServiceName?.endsWith(".s3"));
  if (endpoints.some((it) => it.VpcEndpointType === "Interface")) return true;
  return subnetIds.every((subnet) => leadsToS3(tableOf(subnet, RouteTables), endpoints));
}

/** A subnet without a table of its own uses the VPC's main one. */
function tableOf(subnetId: string, tables: readonly RouteTable[]): RouteTable | undefined {
  const own = tables.find((table) => table.Associations?.some((it) => it.SubnetId === subnetId));
  return own ?? tables.find((table) => table.Associations?.some((it) => it.Main === true));
}

function leadsToS3(table: RouteTable | undefined, endpoints: readonly VpcEndpoint[]): boolean {
  if (table === undefined) return false;
  const id = table.RouteTableId ?? "";
  if (endpoints.some((it) => it.VpcEndpointType !== "Interface" && it.RouteTableIds?.includes(id)))
    return true;
  return (table.Routes ?? []).some(
    (route) =>
      (route.DestinationCidrBlock === "0.0.0.0/0" || route.DestinationIpv6CidrBlock === "::/0") &&
      route.State !== "blackhole" &&
      !(route.GatewayId ?? "").startsWith("igw-"),
  );
}
