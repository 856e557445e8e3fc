import { type CollectionTag, parseDocument, type ScalarTag } from "yaml";
import type { FunctionFacts } from "./function-facts.ts";

interface Resource {
  Type?: string;
  Metadata?: Record<string, unknown>;
  Properties?: Record<string, unknown>;
}

interface Template {
  Resources?: Record<string, Resource>;
  Globals?: { Function?: Record<string, unknown> };
}

export interface TemplateFunction {
  logicalId: string;
  facts: FunctionFacts;
  /** Logical ids or ARNs that the function's role refers to. */
  role: unknown;
  properties: Record<string, unknown>;
  /** Folder or zip of its code, relative to the template, where the CDK or SAM names one. */
  code: string | undefined;
}

/** A CloudFormation or SAM template, JSON or YAML with CloudFormation's short tags. Throws on broken YAML. */
export function parseTemplate(text: string): Template {
  const document = parseDocument(text, { customTags: shortTags, logLevel: "silent" });
  const [error] = document.errors;
  if (error !== undefined) throw error;
  return (document.toJS() ?? {}) as Template;
}

/** `!Ref x` and its like become what they are short for. */
const shortTags = [
  ...[
    "Ref",
    "Condition",
    "GetAtt",
    "Sub",
    "ImportValue",
    "Base64",
    "GetAZs",
    "Join",
    "Select",
    "Split",
    "If",
    "Equals",
  ],
  ...["And", "Or", "Not", "FindInMap", "Cidr", "Transform", "Length", "ToJsonString"],
].flatMap((name) => {
  const key = name === "Ref" || name === "Condition" ? name : `Fn::${name}`;
  const scalar: ScalarTag = { tag: `!${name}`, resolve: (value) => ({ [key]: value }) };
  const collection = (kind: "seq" | "map"): CollectionTag => ({
    tag: `!${name}`,
    collection: kind,
    resolve: (value) => ({ [key]: value.toJSON() }),
  });
  return [scalar, collection("seq"), collection("map")];
});

/** Every Lambda function of a template, with what is known of it before deployment. */
export function functionsOf(template: Template): TemplateFunction[] {
  const globals = template.Globals?.Function ?? {};
  return Object.entries(template.Resources ?? {}).flatMap(
    ([logicalId, { Type, Properties = {}, Metadata }]) => {
      if (Type === "AWS::Lambda::Function") return [templateFunction(logicalId, Properties, Metadata)];
      if (Type === "AWS::Serverless::Function")
        return [templateFunction(logicalId, merge(globals, Properties), Metadata)];
      return [];
    },
  );
}

/** SAM's rule: maps are merged, lists are joined, the function's own value wins. */
function merge(globals: Record<string, unknown>, own: Record<string, unknown>): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...globals };
  for (const [name, value] of Object.entries(own)) {
    const other = globals[name];
    if (Array.isArray(value) && Array.isArray(other)) merged[name] = [...other, ...value];
    else if (isPlain(value) && isPlain(other)) merged[name] = merge(other, value);
    else merged[name] = value;
  }
  return merged;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function templateFunction(
  logicalId: string,
  properties: Record<string, unknown>,
  metadata: Resource["Metadata"] = {},
): TemplateFunction {
  const variables =
    (properties.Environment as { Variables?: Record<string, unknown> } | undefined)?.Variables ?? {};
  const runtime = literal(properties.Runtime);
  const facts: FunctionFacts = {
    name: logicalId,
    layers: ((properties.Layers ?? []) as unknown[]).map((layer) => ({
      arn: literal(layer) ?? JSON.stringify(layer),
    })),
    environment: Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, literal(value)])),
    timeoutSeconds: typeof properties.Timeout === "number" ? properties.Timeout : 3,
    isImage: properties.PackageType === "Image",
    isDurable: properties.DurableConfig !== undefined,
    isManagedInstances: properties.CapacityProviderConfig !== undefined,
    isSnapStart:
      literal((properties.SnapStart as { ApplyOn?: unknown } | undefined)?.ApplyOn) === "PublishedVersions",
    inVpc: properties.VpcConfig !== undefined,
    ...(runtime === undefined ? {} : { runtime }),
  };
  const code = literal(metadata["aws:asset:path"] ?? properties.CodeUri ?? properties.Code);
  return { logicalId, facts, role: properties.Role, properties, code };
}

function literal(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : undefined;
}
