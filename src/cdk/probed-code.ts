import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, isAbsolute, join, resolve } from "node:path";
import { Annotations, Names, Stack, Stage } from "aws-cdk-lib";
import type { CfnFunction, Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Asset } from "aws-cdk-lib/aws-s3-assets";
import type { IConstruct } from "constructs";
import { type ProbeChoices, type ProbeOutcome, probePackage } from "./probe-package.ts";
import { CoverageSetupError } from "./setup-error.ts";
import type { Refusal } from "./unsupported.ts";

/** Why a function's code cannot be probed by the app. */
export function refuseProbes(fn: LambdaFunction): Refusal | undefined {
  const { zipFile } = codeOf(fn);
  if (zipFile !== undefined) return inlineCode;
  return assetOf(fn) === undefined ? codeFromElsewhere : undefined;
}

export interface ProbingOptions {
  probe: ProbeChoices;
  /** The layer's settings of the function. */
  environment: Record<string, string>;
}

/**
 * Gives the function a probed copy of its asset, a new asset with a hash of its own, so that its versions and aliases
 * follow. Functions that share an asset share its copy. Does nothing where the app is built without bundling, as for
 * `cdk list`: nothing of this stack is deployed then. What went wrong, or is to be known, becomes an annotation.
 */
export function probeCode(fn: LambdaFunction, { probe, environment }: ProbingOptions): void {
  const stack = Stack.of(fn);
  const original = assetOf(fn);
  if (original === undefined || !stack.bundlingRequired) return;
  try {
    const { asset, outcome } = probedAsset(stack, original, probe);
    const resource = fn.node.defaultChild as CfnFunction;
    resource.code = { ...codeOf(fn), s3Bucket: asset.s3BucketName, s3Key: asset.s3ObjectKey };
    asset.addResourceMetadata(resource, "Code");
    tell(fn, outcome, environment);
  } catch (error) {
    if (!(error instanceof CoverageSetupError)) throw error;
    Annotations.of(fn).addError(error.message);
  }
}

function tell(
  fn: LambdaFunction,
  { notProbed, minified }: ProbeOutcome,
  environment: Record<string, string>,
) {
  if (notProbed.length > 0) {
    const first = notProbed.slice(0, 3).map(({ message }) => message);
    Annotations.of(fn).addWarningV2(
      "lambda-coverage:NotProbed",
      `${notProbed.length} of its files have no probes, so their coverage is unknown: ${first.join("; ")}`,
    );
  }
  if (minified.length > 0 && environment.COVERAGE_STACKS !== "true") {
    Annotations.of(fn).addWarningV2(
      "lambda-coverage:MinifiedCode",
      `${minified.join(", ")}: minified, and a probed copy's columns are not the original's, so that stacks in Sentry and ` +
        "CloudWatch would lead to wrong places. Set COVERAGE_STACKS=true, or bundle with minify: false.",
    );
  }
}

interface Code {
  zipFile?: string;
  s3Bucket?: string;
  s3Key?: string;
}

function codeOf(fn: LambdaFunction): Code {
  return Stack.of(fn).resolve((fn.node.defaultChild as CfnFunction).code) as Code;
}

/** The asset whose object the function's code is; its construct may belong to another function that shares it. */
function assetOf(fn: LambdaFunction): Asset | undefined {
  const stack = Stack.of(fn);
  const key = JSON.stringify(codeOf(fn).s3Key);
  return stack.node
    .findAll()
    .find(
      (node): node is Asset =>
        isAsset(node) && Stack.of(node) === stack && JSON.stringify(stack.resolve(node.s3ObjectKey)) === key,
    );
}

/** Duck-typed, since an app may hold two copies of aws-cdk-lib. */
function isAsset(node: IConstruct): node is Asset {
  return "assetPath" in node && "s3ObjectKey" in node && "isFile" in node;
}

interface Probed {
  asset: Asset;
  outcome: ProbeOutcome;
}

const byStack = new WeakMap<Stack, Map<string, Probed>>();

function probedAsset(stack: Stack, original: Asset, choices: ProbeChoices): Probed {
  const made = byStack.get(stack) ?? new Map<string, Probed>();
  byStack.set(stack, made);
  const source = resolve(Stage.of(stack)?.outdir ?? ".", original.assetPath);
  const key = JSON.stringify([source, choices]);
  const known = made.get(key);
  if (known !== undefined) return known;
  const probed = makeProbed(stack, `LambdaCoverageProbed${made.size + 1}`, { original, source, choices });
  made.set(key, probed);
  return probed;
}

interface Making {
  original: Asset;
  /** Where it is staged. */
  source: string;
  choices: ProbeChoices;
}

function makeProbed(stack: Stack, id: string, { original, source, choices }: Making): Probed {
  const folder = mkdtempSync(join(tmpdir(), "lambda-coverage-probed-"));
  let isStaged = true;
  try {
    const copy = join(folder, basename(source));
    cpSync(source, copy, { recursive: true, verbatimSymlinks: true });
    const outcome = probePackage(copy, choices);
    const displayName = `${Names.stackRelativeConstructPath(original)} (probed)`;
    const asset = new Asset(stack, id, { path: copy, deployTime: true, displayName });
    isStaged = !isAbsolute(asset.assetPath);
    return { asset, outcome };
  } finally {
    // With asset staging switched off, what is deployed is this folder itself.
    if (isStaged) rmSync(folder, { recursive: true, force: true });
  }
}

const inlineCode: Refusal = {
  code: "InlineCode",
  message:
    "Inline code is a text in the template, which has no room for probes. Use Code.fromAsset, or leave the collector to " +
    'V8: collector: "auto".',
};

const codeFromElsewhere: Refusal = {
  code: "CodeNotInApp",
  message:
    "Its code is no asset of this app (Code.fromBucket, or parameters that a pipeline fills), so there is nothing here " +
    "to probe. Run lambda-coverage probe on the zip where it is built, before it is signed or uploaded, and leave the " +
    'collector at "auto", which takes the probes that it finds.',
};
