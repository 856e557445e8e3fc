import {
  type FunctionConfiguration,
  GetFunctionConfigurationCommand,
  type LambdaClient,
} from "@aws-sdk/client-lambda";
import type { FunctionFacts } from "./function-facts.ts";

export interface Deployed {
  facts: FunctionFacts;
  roleArn: string | undefined;
  subnetIds: string[];
  vpcId: string | undefined;
}

/** Reads a deployed function's configuration. Needs `lambda:GetFunctionConfiguration`. */
export async function readDeployed(client: LambdaClient, name: string): Promise<Deployed> {
  const found = await client.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
  const region = await client.config.region();
  return {
    facts: factsOf(found, name, region),
    roleArn: found.Role,
    subnetIds: found.VpcConfig?.SubnetIds ?? [],
    vpcId: found.VpcConfig?.VpcId,
  };
}

function factsOf(found: FunctionConfiguration, name: string, region: string): FunctionFacts {
  return {
    name: found.FunctionName ?? name,
    layers: (found.Layers ?? []).flatMap((layer) => layer.Arn ?? []),
    environment: found.Environment?.Variables ?? {},
    timeoutSeconds: found.Timeout ?? 3,
    isImage: found.PackageType === "Image",
    isDurable: found.DurableConfig !== undefined,
    isManagedInstances: found.CapacityProviderConfig !== undefined,
    inVpc: (found.VpcConfig?.SubnetIds ?? []).length > 0,
    region,
    ...(found.Runtime === undefined ? {} : { runtime: found.Runtime }),
  };
}
