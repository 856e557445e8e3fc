/** Which collector counts in this process: decided once, by COVERAGE_COLLECTOR and the manifest of probed copies. */
import type { Settings } from "../../contract/settings.ts";
import { canLoadCopies } from "../collect/probes/load-copies.ts";
import { type FoundManifest, readManifest } from "../collect/probes/manifest.ts";
import type { OffReason } from "./off-reason.ts";

export interface Choice {
  /** Undefined: V8 counts. */
  manifest?: FoundManifest;
  /** Nothing counts. */
  off?: OffReason;
  /** Why V8 counts although there are copies. */
  warning?: OffReason;
}

/** `roots`: folders that may hold the copies, the function's own first. */
export function chooseCollector({ collector }: Settings, roots: readonly string[]): Choice {
  if (collector === "v8") return {};
  const found = readManifest(roots);
  const problem = problemOf(found);
  if (problem === undefined && "files" in found) return { manifest: found };
  if (collector === "probes") return { off: nothingProbed(problem ?? "the package holds no probed copies") };
  if (problem === undefined) return {};
  return {
    warning: {
      code: "BadProbes",
      message: `The probed copies are not used, V8 counts instead: ${problem}`,
    },
  };
}

function problemOf(found: ReturnType<typeof readManifest>): string | undefined {
  if (!("files" in found)) return found.problem;
  return canLoadCopies ? undefined : `Node.js ${process.versions.node} has no module.registerHooks`;
}

function nothingProbed(why: string): OffReason {
  return {
    code: "NoProbes",
    message: `No coverage: COVERAGE_COLLECTOR=probes, but ${why}. Run lambda-coverage probe on the package before it is deployed, or set COVERAGE_COLLECTOR=auto`,
  };
}
