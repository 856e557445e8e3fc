/** Makes the coverage file of one snapshot: pure. */
import {
  type CollectedFrom,
  type CoverageFile,
  coverageFormat,
  type FunctionIdentity,
  type Invocation,
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

export function encodeCoverageFile(
  context: EncodingContext,
  sequence: number,
  invocations: readonly RunInvocation[],
  scripts: V8ScriptCoverage[],
  lost?: string,
): CoverageFile {
  const { settings } = context;
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

export function encodeInvocation({ requestId, startedAt, durationMs, outcome }: RunInvocation): Invocation {
  return {
    requestId,
    startedAt: new Date(startedAt).toISOString(),
    durationMs: Math.round(durationMs * 100) / 100,
    outcome,
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
