import { normalisePrefix, scriptsPrefix } from "../contract/object-keys.ts";
import { readSettings } from "../contract/settings.ts";
import { partitionOf } from "../release/regions.ts";
import { type FunctionFacts, known } from "./function-facts.ts";

export interface NeededPermission {
  action: string;
  resource: string;
}

/** What the role needs, as the CDK constructs grant it. */
export function neededPermissions(facts: FunctionFacts, bucket: string): NeededPermission[] {
  const { settings } = readSettings(known(facts.environment));
  const arn = `arn:${partitionOf(facts.region ?? "")}:s3:::${bucket}`;
  const scripts = { resource: `${arn}/${scriptsPrefix}*` };
  const files = { action: "s3:PutObject", resource: `${arn}/${normalisePrefix(settings.s3Prefix)}*` };
  return settings.uploadSources
    ? [files, { action: "s3:PutObject", ...scripts }, { action: "s3:GetObject", ...scripts }]
    : [files];
}
