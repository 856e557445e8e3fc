import { type IResource, Resource, Stack } from "aws-cdk-lib";
import { type CfnFunction, type Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import type { IConstruct } from "constructs";
import { familyOfRuntime, type RuntimeFamily } from "../contract/runtimes.ts";

export interface Refusal {
  /** An anchor in docs/errors.md. */
  code: string;
  /** What cannot work and what to do about it. */
  message: string;
}

/** A function defined in this app; duck-typed, since an app may hold two copies of aws-cdk-lib. */
export function isLambdaFunction(construct: IConstruct): construct is LambdaFunction {
  const candidate = construct as Partial<LambdaFunction>;
  return (
    Resource.isOwnedResource(construct) &&
    typeof candidate.addLayers === "function" &&
    typeof candidate.addEnvironment === "function" &&
    candidate.runtime !== undefined
  );
}

/** The layer family for this function, or why it cannot have coverage. */
export function familyOfFunction(fn: LambdaFunction): { family: RuntimeFamily } | { refusal: Refusal } {
  const resource = fn.node.defaultChild as CfnFunction;
  if (fn.runtime.name === Runtime.FROM_IMAGE.name) return { refusal: containerImage };
  if (runsAtEdge(fn)) return { refusal: edge };
  if (resource.durableConfig !== undefined) return { refusal: durable };
  if (resource.capacityProviderConfig !== undefined) return { refusal: managedInstances };
  if (startsFromSnapshot(Stack.of(fn).resolve(resource.snapStart))) return { refusal: snapStart };
  const found = familyOfRuntime(fn.runtime.name);
  if ("problem" in found) return { refusal: { code: "UnsupportedRuntime", message: `${found.problem}.` } };
  return found;
}

function startsFromSnapshot(snapStart: { applyOn?: string } | undefined): boolean {
  return snapStart?.applyOn !== undefined && snapStart.applyOn !== "None";
}

/** What CloudFront starts has a role that Lambda@Edge may assume; nothing else of a function tells. */
function runsAtEdge(fn: LambdaFunction): boolean {
  const role = fn.role as { assumeRolePolicy?: unknown } | undefined;
  return JSON.stringify(Stack.of(fn).resolve(role?.assumeRolePolicy) ?? "").includes("edgelambda.");
}

/** Why a construct that is not a function of this app cannot be wired. */
export function refuseTarget(target: IConstruct): Refusal | undefined {
  if (isLambdaFunction(target)) return undefined;
  const resource = target as Partial<IResource> & {
    functionArn?: string;
    edgeArn?: string;
    lambda?: unknown;
  };
  if (resource.functionArn === undefined) return undefined;
  if ("qualifier" in target) return versionOrAlias;
  return "edgeArn" in target ? edge : imported;
}

const containerImage: Refusal = {
  code: "ContainerImage",
  message:
    "A container image cannot have layers. Unzip the layer's zip into /opt in its Dockerfile and set " +
    "AWS_LAMBDA_EXEC_WRAPPER=/opt/coverage-wrapper there (docs/adopt.md, container images), or use a zip package.",
};

const edge: Refusal = {
  code: "LambdaAtEdge",
  message:
    "Lambda@Edge takes neither layers nor environment variables. Measure the same handler in a regional function instead.",
};

const durable: Refusal = {
  code: "DurableFunction",
  message:
    "A durable function's runtime ignores NODE_OPTIONS, so the layer cannot start. Leave coverage off here.",
};

const managedInstances: Refusal = {
  code: "ManagedInstances",
  message:
    "On Lambda Managed Instances several invocations run at once in worker threads, which the layer does not measure. " +
    "Use a function without a capacity provider for coverage.",
};

const snapStart: Refusal = {
  code: "SnapStart",
  message:
    "With SnapStart many environments start from one snapshot and would count as one, so the layer stays off there. " +
    "Switch SnapStart off for this function, or leave coverage off.",
};

const imported: Refusal = {
  code: "ImportedFunction",
  message:
    "An imported function is not deployed by this app, so it cannot be changed here. Call enableCoverage where it is " +
    "defined, or add the layer by hand (docs/adopt.md) and check it with: lambda-coverage doctor <function>.",
};

const versionOrAlias: Refusal = {
  code: "VersionOrAlias",
  message:
    "A version or alias cannot be changed. Call enableCoverage on the function; new versions of it have coverage.",
};

/** Functions that the CDK itself adds for its custom resources; their coverage is nobody's interest. */
export function isCdkOwn(fn: IConstruct): boolean {
  return fn.node.scopes.some((scope) => cdkOwnIds.some((pattern) => pattern.test(scope.node.id)));
}

const cdkOwnIds = [
  /^Custom::/,
  /^SingletonLambda/,
  /^AWS679f53fac002430cb0da5b7982bd2287$/, // AwsCustomResource
  /^LogRetention[0-9a-f]/,
  /^BucketNotificationsHandler/,
  /^framework-on(Event|Timeout|IsComplete)$/,
  /^framework-isComplete$/,
];

/** A name for messages that the reader finds in the app. */
export function pathOf(construct: IConstruct): string {
  return construct.node.path === "" ? Stack.of(construct).stackName : construct.node.path;
}
