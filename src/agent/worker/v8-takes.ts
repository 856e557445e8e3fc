/** V8's snapshots as takes: scripts are identified by their text, and the first snapshot of each holds its loading. */
import type { V8ScriptCoverage } from "../../contract/coverage-file.ts";
import type { InitScript } from "../../contract/init-file.ts";
import { formatScriptKey } from "../../contract/object-keys.ts";
import { deployedPath } from "../collect/script-filter.ts";
import type { SnapshotScript } from "../shared/messages.ts";
import { type EncodingContext, encodeScripts } from "./coverage-encoder.ts";
import { gapsOf } from "./init-files.ts";
import { coveredIntervals } from "./novelty.ts";
import { packScript } from "./script-packing.ts";
import { type AskForSources, createScriptSources, type KnownScript } from "./script-sources.ts";
import type { TakeReader } from "./take-reader.ts";

export function createV8Takes(context: EncodingContext, ask: AskForSources): TakeReader {
  const sources = createScriptSources(ask, (file) => deployedPath(file, context.taskRoot));
  const seen = new Set<string>();
  /** Its first snapshot, which lists what its loading ran; a later one, after a reset for instance, does not. */
  const isLoading = ({ scriptId }: SnapshotScript, known: ReadonlyMap<string, KnownScript>): boolean => {
    if (seen.has(scriptId)) return false;
    seen.add(scriptId);
    return known.get(scriptId)?.fromStart === true;
  };
  return {
    async read({ snapshot }) {
      if (snapshot === undefined) return undefined;
      const known = await sources.identify(snapshot);
      const scripts = encodeScripts(context, snapshot, known);
      const covered = scripts.map(({ ranges }) => coveredIntervals(ranges));
      const loading = scripts.flatMap((script, index): InitScript[] => {
        if (!isLoading(snapshot.scripts[index] as SnapshotScript, known)) return [];
        return [initOf(script, covered[index] as number[], context)];
      });
      return {
        scripts,
        covered,
        exact: snapshot.exact,
        inits: [{ extent: "first-file", scripts: loading }],
        wanted: snapshot.scripts.flatMap(({ scriptId }) => known.get(scriptId)?.sha256 ?? []),
      };
    },
    content: (sha256) => ({
      key: formatScriptKey(sha256),
      failure: { message: "Failed to upload script file" },
      pack: () => {
        const parts = sources.scriptParts(sha256);
        return parts && packScript(parts);
      },
    }),
  };
}

function initOf(
  { path, script, collectedFrom }: V8ScriptCoverage,
  covered: readonly number[],
  context: EncodingContext,
): InitScript {
  const from = collectedFrom ?? context.collectedFrom;
  return { kind: "v8", path, script, collectedFrom: from, covered: gapsOf(covered) };
}
