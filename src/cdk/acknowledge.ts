import * as cdk from "aws-cdk-lib";
import type { IConstruct } from "constructs";

/** Explains a cdk-nag finding where it arises. Without effect in aws-cdk-lib versions that have no `Validations`. */
export function acknowledge(construct: IConstruct, id: string, reason: string): void {
  const { Validations } = cdk as Partial<typeof cdk>;
  Validations?.of(construct).acknowledge({ id, reason });
}
