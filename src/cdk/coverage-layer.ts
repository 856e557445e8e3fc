import { Stack } from "aws-cdk-lib";
import {
  Architecture,
  Code,
  type ILayerVersion,
  LayerVersion,
  type LayerVersionPermission,
  Runtime,
} from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import {
  formatLayerDescription,
  layerArchitectures,
  layerRuntimes,
  type RuntimeFamily,
} from "../contract/runtimes.ts";
import { packageVersion } from "../release/package-version.ts";
import { layerZipPath } from "./layer-zip.ts";

export interface CoverageLayerProps {
  /** Which functions it is for. Default `nodejs`. */
  family?: RuntimeFamily;
  /** The layer's zip. Default: the one this package was built with. */
  code?: Code;
  /** Default: a generated name. */
  layerVersionName?: string;
  /** Other accounts, or an organisation, that may use this layer version. */
  permissions?: LayerVersionPermission[];
}

/** The coverage layer of this package as a layer version of the stack. */
export class CoverageLayer extends LayerVersion {
  readonly family: RuntimeFamily;

  constructor(scope: Construct, id: string, props: CoverageLayerProps = {}) {
    const family = props.family ?? "nodejs";
    super(scope, id, {
      code: props.code ?? Code.fromAsset(layerZipPath(family)),
      compatibleRuntimes: layerRuntimes[family].map(runtimeNamed),
      compatibleArchitectures: layerArchitectures.map((name) => Architecture.custom(name)),
      license: "MIT",
      description: formatLayerDescription(family, packageVersion()),
      ...(props.layerVersionName === undefined ? {} : { layerVersionName: props.layerVersionName }),
    });
    this.family = family;
    for (const [index, permission] of (props.permissions ?? []).entries()) {
      this.addPermission(`Permission${index + 1}`, permission);
    }
  }

  /** The stack's layer for a family, made at the first call. */
  static of(scope: Construct, family: RuntimeFamily): ILayerVersion {
    const stack = Stack.of(scope);
    const id = family === "nodejs" ? "LambdaCoverageLayer" : "LambdaCoverageLayerPython";
    const existing = stack.node
      .findAll()
      .find((node) => node instanceof CoverageLayer && node.family === family);
    return (existing as CoverageLayer | undefined) ?? new CoverageLayer(stack, id, { family });
  }
}

/** The library's own object where it knows the runtime: `addLayers` compares more than names. */
function runtimeNamed(name: string): Runtime {
  return Runtime.ALL.find((runtime) => runtime.name === name && !runtime.isVariable) ?? new Runtime(name);
}
