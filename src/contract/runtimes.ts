/** Which Lambda runtimes the two layers take, and how a function is wired to its layer. */

export type RuntimeFamily = "nodejs" | "python";

/** Runtimes a layer version is published as compatible with. */
export const layerRuntimes: Readonly<Record<RuntimeFamily, readonly string[]>> = {
  nodejs: ["nodejs22.x", "nodejs24.x"],
  python: ["python3.9", "python3.10", "python3.11", "python3.12", "python3.13", "python3.14"],
};

/** Both layers hold no native code (or, for Python, one wheel per platform). */
export const layerArchitectures = ["x86_64", "arm64"] as const;

export const layerName: Readonly<Record<RuntimeFamily, string>> = {
  nodejs: "lambda-coverage-layer",
  python: "lambda-coverage-layer-python",
};

const languages: Readonly<Record<RuntimeFamily, string>> = { nodejs: "Node.js", python: "Python" };

/** A layer version's description: tells our layers from others, whatever name they were given. */
export function formatLayerDescription(family: RuntimeFamily, version: string): string {
  return `lambda-coverage-layer ${version} (${languages[family]})`;
}

/** The family of one of our layers by its description, or undefined. */
export function parseLayerDescription(description: string): RuntimeFamily | undefined {
  const language = /^lambda-coverage-layer \S+ \((.+)\)$/.exec(description)?.[1];
  return (["nodejs", "python"] as const).find((family) => languages[family] === language);
}

/** Environment variable by which Lambda starts a script in place of the runtime. */
export const execWrapperVariable = "AWS_LAMBDA_EXEC_WRAPPER";
export const wrapperPath = "/opt/coverage-wrapper";
/** Holds the wrapper that a function had before: ours runs it. */
export const nextWrapperVariable = "COVERAGE_NEXT_WRAPPER";

/** Lambda's own limits: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const maxLayersPerFunction = 5;
export const maxUnzippedBytes = 250 * 1024 * 1024;

/** The layer family for a runtime's name, or why there is none and what to do. */
export function familyOfRuntime(runtime: string): { family: RuntimeFamily } | { problem: string } {
  const node = /^nodejs(\d+)(?:\.|$)/.exec(runtime);
  if (node !== null) {
    return Number(node[1]) >= 22
      ? { family: "nodejs" }
      : {
          problem: `${runtime} is deprecated by Lambda and not supported by the layer; move to ${latest("nodejs")}`,
        };
  }
  const python = /^python3\.(\d+)$/.exec(runtime);
  if (python !== null) {
    return Number(python[1]) >= 9
      ? { family: "python" }
      : { problem: `${runtime} is older than python3.9; move to ${latest("python")}` };
  }
  if (runtime.startsWith("provided")) {
    return {
      problem: `${runtime} is an OS-only runtime: there is no Node.js or Python runtime to measure; use a managed nodejs or python runtime`,
    };
  }
  return {
    problem: `${runtime} is not supported; coverage is for nodejs22.x or later and python3.9 or later`,
  };
}

function latest(family: RuntimeFamily): string {
  return layerRuntimes[family].at(-1) as string;
}
