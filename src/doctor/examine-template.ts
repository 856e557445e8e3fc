import { execWrapperVariable, wrapperPath } from "../contract/runtimes.ts";
import { readSettings } from "../contract/settings.ts";
import type { PackageFiles } from "../probe-package/index.ts";
import { checkFunction } from "./check-function.ts";
import { checkProbes } from "./check-probes.ts";
import { checkSurroundings } from "./check-surroundings.ts";
import type { Finding } from "./finding.ts";
import { type FunctionFacts, known, type Permission, type Surroundings } from "./function-facts.ts";
import { familyOfLayer } from "./our-layers.ts";
import { functionsOf, parseTemplate, type TemplateFunction } from "./template-functions.ts";

export interface ExaminedFunction {
  logicalId: string;
  findings: Finding[];
}

export interface TemplateOptions {
  /** Only the function with this logical id. Default: all. */
  logicalId?: string | undefined;
  /** A function's package by the path that the template has; undefined: it is not on this machine. */
  packageAt?: (path: string) => Promise<PackageFiles | undefined>;
}

/** The functions of a template. */
export async function examineTemplate(
  text: string,
  { logicalId, packageAt }: TemplateOptions = {},
): Promise<ExaminedFunction[]> {
  const template = parseTemplate(text);
  const functions = functionsOf(template).filter(
    (fn) => logicalId === undefined || fn.logicalId === logicalId,
  );
  const resources = template.Resources ?? {};
  return Promise.all(
    functions.map(async (fn) => {
      const leftOut = logicalId === undefined ? notWanted(fn.facts) : undefined;
      if (leftOut !== undefined) return { logicalId: fn.logicalId, findings: [leftOut] };
      const findings = checkFunction(fn.facts);
      if (findings.length === 1) return { logicalId: fn.logicalId, findings };
      const isNode = fn.facts.runtime?.startsWith("nodejs") === true;
      const files = fn.code === undefined || !isNode ? undefined : await packageAt?.(fn.code);
      const probes = files === undefined ? [] : checkProbes(fn.facts, files);
      const surroundings = checkSurroundings(fn.facts, surroundingsOf(fn, resources));
      return { logicalId: fn.logicalId, findings: [...findings, ...probes, ...surroundings] };
    }),
  );
}

/** Among all functions of a template, those that are not meant to have coverage are no problem. */
function notWanted({ environment, layers }: FunctionFacts): Finding | undefined {
  const off = readSettings(known(environment)).settings.enabled === false;
  const names = Object.keys(environment);
  const isTouched =
    names.some((name) => name.startsWith("COVERAGE_")) ||
    environment[execWrapperVariable] === wrapperPath ||
    layers.some((layer) => familyOfLayer(layer) !== undefined);
  if (!off && isTouched) return undefined;
  const message = off
    ? "coverage is switched off here"
    : "this function has no layer and no COVERAGE_ variable";
  return {
    code: "unchecked",
    severity: "unchecked",
    message,
    fix: "name the function to have it examined all the same",
  };
}

type Resources = Record<string, { Type?: string; Properties?: Record<string, unknown> }>;

function surroundingsOf(fn: TemplateFunction, resources: Resources): Surroundings {
  const found: Surroundings = { unchecked: [] };
  const why = "a template does not tell; run the doctor on the deployed function";
  if (fn.facts.inVpc) {
    const endpoints = Object.values(resources).filter((it) => it.Type === "AWS::EC2::VPCEndpoint");
    if (endpoints.some((it) => /\bs3\b/.test(JSON.stringify(it.Properties?.ServiceName))))
      found.hasRouteToS3 = true;
    else found.unchecked.push({ what: "whether the VPC leads to S3", why });
  }
  const statements = statementsOf(fn, resources);
  if (statements === undefined) found.unchecked.push({ what: "whether the role may store coverage", why });
  else found.permissions = [putAllowed(statements)];
  return found;
}

interface Statement {
  Effect?: string;
  Action?: string | string[];
}

/** Inline statements of the function's role as far as the template has them; undefined where the role is elsewhere. */
function statementsOf({ role, properties }: TemplateFunction, resources: Resources): Statement[] | undefined {
  const text = JSON.stringify(role ?? "");
  const roleId = Object.keys(resources).find((id) => text.includes(`"${id}"`));
  if (role === undefined && properties.Policies !== undefined) return statementsIn(properties.Policies);
  if (role === undefined) return [];
  if (roleId === undefined) return undefined;
  const attached = Object.values(resources).filter(
    (it) =>
      it.Type === "AWS::IAM::Policy" && JSON.stringify(it.Properties?.Roles ?? []).includes(`"${roleId}"`),
  );
  return statementsIn([resources[roleId]?.Properties?.Policies, attached.map((it) => it.Properties)]);
}

/** Every statement anywhere inside; SAM's policy templates for writing to a bucket count as one. */
function statementsIn(value: unknown): Statement[] {
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(statementsIn);
  const node = value as Record<string, unknown>;
  const own = "Effect" in node && "Action" in node ? [node as Statement] : [];
  const sam = ["S3CrudPolicy", "S3WritePolicy"].some((name) => name in node);
  return [
    ...own,
    ...(sam ? [{ Effect: "Allow", Action: "s3:PutObject" }] : []),
    ...Object.values(node).flatMap(statementsIn),
  ];
}

function putAllowed(statements: Statement[]): Permission {
  const allows = (statement: Statement) =>
    statement.Effect === "Allow" &&
    [statement.Action ?? []]
      .flat()
      .some((action) => ["*", "s3:*", "s3:Put*", "s3:PutObject"].includes(action));
  return {
    action: "s3:PutObject",
    resource: "arn:aws:s3:::<bucket>/<prefix>*",
    isAllowed: statements.some(allows),
  };
}
