import {
  type FunctionConfiguration,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  GetLayerVersionByArnCommand,
  type LambdaClient,
} from "@aws-sdk/client-lambda";
import type { FunctionFacts, LayerFacts } from "./function-facts.ts";
import { familyOfLayer } from "./our-layers.ts";

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
  const arns = (found.Layers ?? []).flatMap((layer) => layer.Arn ?? []);
  const layers = await Promise.all(arns.map((arn) => readLayer(client, arn)));
  return {
    facts: { ...factsOf(found, name), region, layers },
    roleArn: found.Role,
    subnetIds: found.VpcConfig?.SubnetIds ?? [],
    vpcId: found.VpcConfig?.VpcId,
  };
}

/** The zip that is deployed. Needs `lambda:GetFunction`. */
export async function downloadPackage(client: LambdaClient, name: string): Promise<Uint8Array> {
  const { Code } = await client.send(new GetFunctionCommand({ FunctionName: name }));
  const answer = await fetch(Code?.Location ?? "");
  if (!answer.ok) throw new Error(`the download of its package was answered by ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

/** Our own name tells enough; of other layers, ours under another name among them, the description is read. */
async function readLayer(client: LambdaClient, arn: string): Promise<LayerFacts> {
  if (familyOfLayer({ arn }) !== undefined) return { arn };
  try {
    const { Description = "" } = await client.send(new GetLayerVersionByArnCommand({ Arn: arn }));
    return { arn, description: Description };
  } catch (error) {
    // Another account's layer may be used without being readable: then it is reported as not checked.
    if (["AccessDeniedException", "ResourceNotFoundException"].includes((error as Error).name))
      return { arn };
    throw error;
  }
}

function factsOf(found: FunctionConfiguration, name: string): Omit<FunctionFacts, "layers"> {
  return {
    name: found.FunctionName ?? name,
    environment: found.Environment?.Variables ?? {},
    timeoutSeconds: found.Timeout ?? 3,
    isImage: found.PackageType === "Image",
    isDurable: found.DurableConfig !== undefined,
    isManagedInstances: found.CapacityProviderConfig !== undefined,
    isSnapStart: found.SnapStart?.ApplyOn === "PublishedVersions",
    inVpc: (found.VpcConfig?.SubnetIds ?? []).length > 0,
    ...(found.Runtime === undefined ? {} : { runtime: found.Runtime }),
  };
}
