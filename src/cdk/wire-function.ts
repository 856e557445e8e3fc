import { Annotations, Stack } from "aws-cdk-lib";
import type { CfnFunction, ILayerVersion, Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import {
  execWrapperVariable,
  maxLayersPerFunction,
  nextWrapperVariable,
  type RuntimeFamily,
  wrapperPath,
} from "../contract/runtimes.ts";
import { settingsTable } from "../contract/settings.ts";
import { coveragePrefix } from "./bucket-keys.ts";
import type { AnyBucket } from "./coverage-bucket.ts";
import { grantCollect } from "./grants.ts";
import { warnWithoutRouteToS3 } from "./vpc-route.ts";

export interface Wiring {
  bucket: AnyBucket;
  prefix?: string;
  environment: Record<string, string>;
  wrapper: boolean;
  family: RuntimeFamily;
  layer: ILayerVersion;
}

/** Adds layer, variables and grants to one function. Problems become annotations at the function. */
export function wireFunction(fn: LambdaFunction, wiring: Wiring): void {
  if (!addLayer(fn, wiring.layer)) return;
  fn.addEnvironment(settingsTable.s3Bucket.env, wiring.bucket.bucketName);
  for (const [name, value] of Object.entries(wiring.environment)) fn.addEnvironment(name, value);
  if (wiring.wrapper) addWrapper(fn);
  grantCollect(fn, wiring.bucket, coveragePrefix(wiring.prefix));
  warnWithoutRouteToS3(fn);
}

/** Adds the layer unless the function has it; false where there is no room for it. */
function addLayer(fn: LambdaFunction, layer: ILayerVersion): boolean {
  const stack = Stack.of(fn);
  const present = (stack.resolve((fn.node.defaultChild as CfnFunction).layers) ?? []) as unknown[];
  const ours = JSON.stringify(stack.resolve(layer.layerVersionArn));
  if (present.some((arn) => JSON.stringify(arn) === ours)) return true;
  if (present.length >= maxLayersPerFunction) {
    Annotations.of(fn).addError(
      `No coverage here: the function has ${present.length} layers already, and Lambda allows ` +
        `${maxLayersPerFunction}. Merge two of them, or leave this function out with "only". [lambda-coverage:TooManyLayers]`,
    );
    return false;
  }
  fn.addLayers(layer);
  return true;
}

/** Sets our exec wrapper; one that the function has already is run by ours. */
function addWrapper(fn: LambdaFunction): void {
  const present = variablesOf(fn)[execWrapperVariable];
  if (present === wrapperPath) return;
  if (present !== undefined && present !== "") fn.addEnvironment(nextWrapperVariable, present);
  fn.addEnvironment(execWrapperVariable, wrapperPath);
}

function variablesOf(fn: LambdaFunction): Record<string, string> {
  const environment = Stack.of(fn).resolve((fn.node.defaultChild as CfnFunction).environment);
  return (environment as { variables?: Record<string, string> } | undefined)?.variables ?? {};
}
