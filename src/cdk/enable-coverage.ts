import { Annotations, AspectPriority, Aspects, type IAspect } from "aws-cdk-lib";
import type { ILayerVersion, Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { IConstruct } from "constructs";
import type { RuntimeFamily } from "../contract/runtimes.ts";
import { settingsTable } from "../contract/settings.ts";
import type { AnyBucket } from "./coverage-bucket.ts";
import { CoverageLayer } from "./coverage-layer.ts";
import { type CoverageSettings, settingsToEnvironment } from "./coverage-settings.ts";
import type { ProbeChoices } from "./probe-package.ts";
import { probeCode, refuseProbes } from "./probed-code.ts";
import { CoverageSetupError } from "./setup-error.ts";
import {
  familyOfFunction,
  isCdkOwn,
  isLambdaFunction,
  pathOf,
  type Refusal,
  refuseTarget,
} from "./unsupported.ts";
import { wireFunction } from "./wire-function.ts";

export interface EnableCoverageOptions extends CoverageSettings {
  /** Where coverage goes, best a `CoverageBucket`. */
  bucket: AnyBucket;
  /** The layer for Node.js functions. Default: a `CoverageLayer` in the function's stack. */
  layer?: ILayerVersion;
  /** The layer for Python functions. Default: a `CoverageLayer` of that family in the function's stack. */
  pythonLayer?: ILayerVersion;
  /**
   * Measure the whole function by the exec wrapper, without a change to its code. Default true; false for
   * functions that call `coverageHandler` or use `CoverageContext` themselves.
   */
  wrapper?: boolean;
  /** With a scope: which of its functions. Default: all that can have coverage, except the CDK's own. */
  only?: (fn: LambdaFunction) => boolean;
  /** With `collector: "probes"`: which files and functions of the code are probed. Default: all but node_modules. */
  probe?: ProbeChoices;
}

/** Functions that were enabled one by one: a wider `enableCoverage` leaves their settings alone. */
const enabledAlone = new WeakSet<IConstruct>();
/** Functions that are wired, so that overlapping scopes do not wire one twice. */
const wired = new WeakSet<IConstruct>();

/**
 * Gives a function, or every function of a scope that can have it, the coverage layer, its settings and the
 * permissions it needs and no others. A function that cannot work is refused with an error; in a scope it is
 * left as it is, with a warning.
 */
export function enableCoverage(target: IConstruct, options: EnableCoverageOptions): void {
  const { bucket, layer, pythonLayer, wrapper = true, only, probe = {}, ...settings } = options;
  const environment = settingsToEnvironment(settings);
  const refusal = refuseTarget(target);
  if (refusal !== undefined) throw refused(target, refusal);
  if (isLambdaFunction(target)) {
    const found = examined(target, settings.collector);
    if ("refusal" in found) throw refused(target, found.refusal);
    enabledAlone.add(target);
  }
  const layers: Partial<Record<RuntimeFamily, ILayerVersion>> = {
    ...(layer === undefined ? {} : { nodejs: layer }),
    ...(pythonLayer === undefined ? {} : { python: pythonLayer }),
  };
  const aspect = new EnableCoverage(target, settings.collector, (fn, family) => {
    if (settings.collector === "probes" && family === "nodejs") probeCode(fn, { probe, environment });
    wireFunction(fn, {
      bucket,
      environment: family === "nodejs" ? environment : withoutCollector(environment),
      wrapper,
      family,
      layer: layers[family] ?? CoverageLayer.of(fn, family),
      ...(settings.s3Prefix === undefined ? {} : { prefix: settings.s3Prefix }),
    });
  });
  if (only !== undefined) aspect.only = only;
  Aspects.of(target).add(aspect, { priority: AspectPriority.MUTATING });
}

/** Python has one collector. */
function withoutCollector(environment: Record<string, string>): Record<string, string> {
  const { [settingsTable.collector.env]: _, ...others } = environment;
  return others;
}

/** The function's layer family, or why it cannot have coverage by this collector. */
function examined(
  fn: LambdaFunction,
  collector: CoverageSettings["collector"],
): { family: RuntimeFamily } | { refusal: Refusal } {
  const found = familyOfFunction(fn);
  if ("refusal" in found || found.family === "python" || collector !== "probes") return found;
  const refusal = refuseProbes(fn);
  return refusal === undefined ? found : { refusal };
}

function refused(target: IConstruct, refusal: Refusal): CoverageSetupError {
  return new CoverageSetupError(refusal.code, `${pathOf(target)}: ${refusal.message}`);
}

/** Wires at synthesis, when all layers and variables that the app sets itself are known. */
class EnableCoverage implements IAspect {
  only: (fn: LambdaFunction) => boolean = () => true;
  private readonly target: IConstruct;
  private readonly collector: CoverageSettings["collector"];
  private readonly wire: (fn: LambdaFunction, family: RuntimeFamily) => void;

  constructor(
    target: IConstruct,
    collector: CoverageSettings["collector"],
    wire: (fn: LambdaFunction, family: RuntimeFamily) => void,
  ) {
    this.target = target;
    this.collector = collector;
    this.wire = wire;
  }

  visit(node: IConstruct): void {
    if (!isLambdaFunction(node) || wired.has(node) || !this.wants(node)) return;
    const found = examined(node, this.collector);
    if ("refusal" in found) {
      const { code, message } = found.refusal;
      Annotations.of(node).addWarningV2(`lambda-coverage:${code}`, `No coverage here. ${message}`);
      return;
    }
    wired.add(node);
    this.wire(node, found.family);
  }

  private wants(fn: LambdaFunction): boolean {
    if (fn === this.target) return true;
    return !enabledAlone.has(fn) && !isCdkOwn(fn) && this.only(fn);
  }
}
