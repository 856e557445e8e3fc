/** What is no package of a Node.js function is refused before anything is written. */
import { isScript, type PackageTree } from "./package-tree.ts";
import { ProbePackageError } from "./probe-package-error.ts";
import type { PackageSizes } from "./probed-package.ts";

export function checkIsPackage({ files }: PackageTree, folder: string): void {
  const found = refusals.find(({ applies }) => applies(files));
  if (found === undefined) return;
  throw new ProbePackageError(found.code, `${folder} ${found.message}`, found.remedy);
}

const refusals: {
  applies(files: readonly string[]): boolean;
  code: string;
  message: string;
  remedy: string;
}[] = [
  {
    applies: (files) => files.length === 0,
    code: "EmptyPackage",
    message: "is empty.",
    remedy: "Build the function first, or give the folder that its build writes.",
  },
  {
    applies: (files) => files.includes("cdk.out"),
    code: "NotAPackage",
    message: "is a CDK app's output with the packages of many functions.",
    remedy: 'Leave it to the constructs: enableCoverage(fn, { bucket, collector: "probes" }).',
  },
  {
    applies: (files) =>
      files.some((path) => /^template\.(ya?ml|json)$/.test(path)) && !files.some(isRootScript),
    code: "NotAPackage",
    message: "holds a template, so it is what the functions are deployed from, not one function's package.",
    remedy: "Give each function's own folder: lambda-coverage probe .aws-sam/build/<function> …",
  },
  {
    applies: (files) => files.includes(".git/HEAD"),
    code: "NotAPackage",
    message: "is a repository (it has .git), not what is deployed.",
    remedy: "Build the function and give the folder or zip that the build writes.",
  },
  {
    applies: (files) => !files.some(isScript) && files.some((path) => path.endsWith(".py")),
    code: "NoJavaScript",
    message: "is a Python function.",
    remedy: "Nothing is to be probed there: the Python layer measures it as it is (docs/python.md).",
  },
  {
    applies: (files) => !files.some(isScript) && files.some((path) => /\.[cm]?tsx?$/.test(path)),
    code: "NoJavaScript",
    message: "has TypeScript and no JavaScript.",
    remedy: "Build it first, and give the folder that the build writes.",
  },
  {
    applies: (files) => !files.some(isScript),
    code: "NoJavaScript",
    message: "has no JavaScript (.js, .mjs, .cjs).",
    remedy: "Give the folder or zip of a Node.js function.",
  },
];

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const lambdaLimits = {
  /** Function and layers together, unpacked. */
  unzippedBytes: 250 * 1024 * 1024,
  /** A zip that is sent to Lambda itself; by way of S3 there is no such limit. */
  zippedBytes: 50 * 1024 * 1024,
};

/** A package that Lambda would take without probes must not become one that it refuses. */
export function checkFitsLambda({ unzipped }: PackageSizes, name: string): void {
  const limit = lambdaLimits.unzippedBytes;
  if (unzipped.after <= limit || unzipped.before > limit) return;
  const megabytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(1)} MB`;
  throw new ProbePackageError(
    "PackageTooLarge",
    `${name} would be ${megabytes(unzipped.after)} unpacked with its probes; Lambda takes ${megabytes(limit)} with all layers.`,
    `Probe less of it by --include and --exclude; without probes it is ${megabytes(unzipped.before)}.`,
  );
}

function isRootScript(path: string): boolean {
  return isScript(path) && !path.includes("/");
}
