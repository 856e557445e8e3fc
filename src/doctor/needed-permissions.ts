import { functionKeyPatterns, initsPrefix, normalisePrefix, scriptsPrefix } from "../contract/object-keys.ts";
import { readSettings } from "../contract/settings.ts";
import { partitionOf } from "../release/regions.ts";
import { type FunctionFacts, known } from "./function-facts.ts";

export interface NeededPermission {
  action: string;
  resource: string;
}

/** What the role needs today, of what the CDK constructs grant. */
export function neededPermissions(facts: FunctionFacts, bucket: string): NeededPermission[] {
  const { settings } = readSettings(known(facts.environment));
  const arn = `arn:${partitionOf(facts.region ?? "")}:s3:::${bucket}`;
  const put = (pattern: string) => ({ action: "s3:PutObject", resource: `${arn}/${pattern}` });
  const [files = ""] = functionKeyPatterns(normalisePrefix(settings.s3Prefix));
  const always = [put(files), put(`${initsPrefix}*`)];
  if (!settings.uploadSources) return always;
  return [
    ...always,
    put(`${scriptsPrefix}*`),
    { action: "s3:GetObject", resource: `${arn}/${scriptsPrefix}*` },
  ];
}
