/** The same snapshots through the tools we measure ourselves against. */
import { mergeProcessCovs } from "@bcoe/v8-coverage";
import { parse } from "acorn";
import { convert } from "ast-v8-to-istanbul";
import type { CoverageMapData } from "istanbul-lib-coverage";
import type { V8Script } from "./collected.ts";

/** `@bcoe/v8-coverage` merges, `ast-v8-to-istanbul` converts one script. */
export async function astV8ToIstanbul(
  snapshots: V8Script[][],
  script: { url: string; source: string; sourceMap?: unknown },
): Promise<CoverageMapData> {
  const merged = mergeProcessCovs(
    snapshots.map((result) => ({
      result: result
        .filter(({ url }) => url === script.url)
        .map(({ url, functions }) => ({ scriptId: "1", url, functions })),
    })),
  );
  const coverage = merged.result[0];
  if (coverage === undefined) throw new Error(`no coverage of ${script.url}`);
  const url = script.url.startsWith("file://") ? script.url : `file://${script.url}`;
  const data = await convert({
    code: script.source,
    ast: parseAs(script.source) as never,
    coverage: { ...coverage, url },
    wrapperLength: 0,
    ...(script.sourceMap === undefined ? {} : { sourceMap: script.sourceMap as never }),
  });
  return data as unknown as CoverageMapData;
}

function parseAs(source: string) {
  const options = { ecmaVersion: "latest", allowHashBang: true, allowReturnOutsideFunction: true } as const;
  try {
    return parse(source, { ...options, sourceType: "module" });
  } catch {
    return parse(source, { ...options, sourceType: "script", allowAwaitOutsideFunction: true });
  }
}
