import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LocalFunctionConfig, LocalRuntime, S3Policy } from "../../src/local/index.ts";

interface AssetReference {
  S3Key?: string;
  /** Inline code. */
  ZipFile?: string;
}

interface FunctionProperties {
  Code: AssetReference;
  Environment?: { Variables?: Record<string, unknown> };
  Handler: string;
  Layers?: { Ref: string }[];
  MemorySize: number;
  Role: { "Fn::GetAtt": [string, string] };
  Runtime: LocalRuntime;
  Timeout: number;
}

interface Statement {
  Action: string | string[];
  Resource: unknown;
}

/** What of any resource is read here. */
interface Resource {
  Type: string;
  Properties: { Content?: AssetReference; Roles?: unknown; PolicyDocument?: { Statement: Statement[] } };
}

/** A function exactly as the CDK staged it: its asset, its layers' assets, its variables, its role's S3 grants. */
export interface StagedFunction {
  logicalId: string;
  config: LocalFunctionConfig;
  policy: S3Policy;
}

/** The functions of one synthesised stack, with every bucket of the template under the name given for it. */
export function stagedFunctions(
  assembly: string,
  stack: string,
  bucketName: (logicalId: string) => string,
): StagedFunction[] {
  const template = JSON.parse(readFileSync(join(assembly, `${stack}.template.json`), "utf8"));
  const staged = new Staged(assembly, stack, template.Resources, bucketName);
  return Object.entries(template.Resources as Record<string, Resource>)
    .filter(([, resource]) => resource.Type === "AWS::Lambda::Function")
    .map(([logicalId]) => staged.functionOf(logicalId));
}

class Staged {
  private readonly assets: Record<string, { source: { path: string } }>;
  private readonly assembly: string;
  private readonly resources: Record<string, Resource>;
  private readonly bucketName: (logicalId: string) => string;

  constructor(
    assembly: string,
    stack: string,
    resources: Record<string, Resource>,
    bucketName: (logicalId: string) => string,
  ) {
    this.assembly = assembly;
    this.resources = resources;
    this.bucketName = bucketName;
    this.assets = JSON.parse(readFileSync(join(assembly, `${stack}.assets.json`), "utf8")).files;
  }

  functionOf(logicalId: string): StagedFunction {
    const properties = this.resources[logicalId]?.Properties as unknown as FunctionProperties;
    const variables = Object.entries(properties.Environment?.Variables ?? {});
    return {
      logicalId,
      policy: this.policyOf(properties.Role["Fn::GetAtt"][0]),
      config: {
        name: logicalId,
        runtime: properties.Runtime,
        code: this.code(properties.Code, properties.Runtime.startsWith("python")),
        handler: properties.Handler,
        layers: (properties.Layers ?? []).map(({ Ref }) =>
          this.assetPath(this.resources[Ref]?.Properties.Content),
        ),
        timeoutSeconds: properties.Timeout,
        memoryMb: properties.MemorySize,
        environment: Object.fromEntries(variables.map(([name, value]) => [name, this.value(value)])),
      },
    };
  }

  private code(code: AssetReference, isPython: boolean): string {
    if (code.ZipFile === undefined) return this.assetPath(code);
    const folder = mkdtempSync(join(this.assembly, "inline-"));
    writeFileSync(join(folder, isPython ? "index.py" : "index.js"), code.ZipFile);
    return folder;
  }

  /** The file or folder of an asset by its hash, which is the S3 key's name. */
  private assetPath(reference: AssetReference | undefined): string {
    const asset = this.assets[reference?.S3Key?.replace(/\.zip$/, "") ?? "?"];
    const path = join(this.assembly, asset?.source.path ?? "?");
    if (!existsSync(path)) throw new Error(`no staged asset for ${JSON.stringify(reference)}`);
    return path;
  }

  private policyOf(roleId: string): S3Policy {
    const policies = Object.values(this.resources).filter(
      (it) => it.Type === "AWS::IAM::Policy" && JSON.stringify(it.Properties.Roles).includes(`"${roleId}"`),
    );
    const statements = policies.flatMap((it) => it.Properties.PolicyDocument?.Statement ?? []);
    return {
      allow: statements.map(({ Action, Resource }) => ({
        actions: [Action].flat(),
        resources: [Resource].flat().map((resource) => this.value(resource)),
      })),
    };
  }

  /** Resolves the references that our templates have: to buckets, by name and by ARN. */
  private value(value: unknown): string {
    if (typeof value === "string") return value;
    const node = value as { Ref?: string; "Fn::GetAtt"?: [string, string]; "Fn::Join"?: [string, unknown[]] };
    if (node["Fn::Join"] !== undefined) {
      return node["Fn::Join"][1].map((part) => this.value(part)).join(node["Fn::Join"][0]);
    }
    const [id, isArn] = node.Ref === undefined ? [node["Fn::GetAtt"]?.[0] ?? "", true] : [node.Ref, false];
    if (id === "AWS::Partition") return "aws";
    if (this.resources[id]?.Type !== "AWS::S3::Bucket") return `arn:aws:other:::${id}`;
    return isArn ? `arn:aws:s3:::${this.bucketName(id)}` : this.bucketName(id);
  }
}
