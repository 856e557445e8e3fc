/** Makes the coverage file of one snapshot: pure. */
import {
  type CollectedFrom,
  type CoverageFile,
  coverageFormat,
  type FunctionIdentity,
  type InitReference,
  type Invocation,
  type ScriptCoverage,
  type V8ScriptCoverage,
} from "../../contract/coverage-file.ts";
import { defaultExcludePatterns } from "../../contract/default-patterns.ts";
import { formatScriptKey } from "../../contract/object-keys.ts";
import type { Settings } from "../../contract/settings.ts";
import { deployedPath } from "../collect/script-filter.ts";
import type { RunInvocation, Snapshot } from "../shared/messages.ts";
import type { KnownScript } from "./script-sources.ts";

export interface EncodingContext {
  settings: Settings;
  function: FunctionIdentity;
  environmentId: string;
  collectedFrom: CollectedFrom;
  taskRoot: string;
}

/** What one coverage file holds. */
export interface FileContent {
  sequence: number;
  invocations: readonly RunInvocation[];
  scripts: ScriptCoverage[];
  lost: string | undefined;
  /** Every function that ran since the take before is in `scripts`. */
  exact: boolean;
  inits: readonly InitReference[];
}

export function encodeCoverageFile(context: EncodingContext, content: FileContent): CoverageFile {
  const { settings } = context;
  const { sequence, invocations, scripts, lost, exact, inits } = content;
  const file: CoverageFile = {
    format: coverageFormat,
    function: context.function,
    environment: { id: context.environmentId, sequence },
    invocations: invocations.map(encodeInvocation),
    granularity: settings.granularity,
    collectedFrom: context.collectedFrom,
    scripts,
  };
  if (settings.includePatterns.length > 0) file.include = settings.includePatterns;
  if (settings.excludePatterns.join() !== defaultExcludePatterns.join())
    file.exclude = settings.excludePatterns;
  if (lost !== undefined) file.lost = { reason: lost };
  // What ran nothing new is not stored: a later file then does not show all that ran since the one before.
  else if (exact && settings.upload === "every") file.exact = true;
  if (inits.length > 0) file.inits = [...inits];
  return file;
}

export function encodeScripts(
  context: EncodingContext,
  snapshot: Snapshot,
  known: ReadonlyMap<string, KnownScript>,
): V8ScriptCoverage[] {
  return snapshot.scripts.map((script) => {
    const { sha256, unmapped, fromStart } = known.get(script.scriptId) ?? { fromStart: false };
    const coverage: V8ScriptCoverage = {
      kind: "v8",
      path: deployedPath(script.file, context.taskRoot),
      script: sha256 === undefined ? null : formatScriptKey(sha256),
      ranges: Array.from(snapshot.ranges.subarray(script.from, script.to)),
    };
    if (unmapped !== undefined) coverage.unmapped = unmapped;
    // The file says how collecting began; a script says where it differs.
    const from = context.collectedFrom === "late" && fromStart ? "start" : context.collectedFrom;
    if (from !== context.collectedFrom) coverage.collectedFrom = from;
    return coverage;
  });
}

/** Less is no handler that computes. */
const leastBusyMs = 10;

export function encodeInvocation(invocation: RunInvocation): Invocation {
  const { requestId, startedAt, durationMs, busyMs, outcome } = invocation;
  return {
    requestId,
    startedAt: new Date(startedAt).toISOString(),
    durationMs: Math.round(durationMs * 100) / 100,
    outcome,
    ...(busyMs < leastBusyMs ? {} : { busyMs: Math.round(busyMs) }),
  };
}

/** Who this function is, from Lambda's environment; usable defaults outside of it. */
export function functionIdentity(env: Record<string, string | undefined>): FunctionIdentity {
  const runtime = /^AWS_Lambda_(.+)$/.exec(env.AWS_EXECUTION_ENV ?? "")?.[1];
  return {
    name: env.AWS_LAMBDA_FUNCTION_NAME ?? "local",
    version: env.AWS_LAMBDA_FUNCTION_VERSION ?? "$LATEST",
    region: env.AWS_REGION ?? "unknown",
    runtime: runtime ?? `nodejs${process.versions.node.split(".")[0]}.x`,
  };
}
