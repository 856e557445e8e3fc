/** Files that no environment loaded: all their counters are 0. */

import type { Count, FileCounts, WindowReason } from "../../counters.ts";
import type { FileTable } from "../../map/probe-table.ts";
import type { CombineOptions } from "../../options.ts";
import { sha256Hex } from "../../sha256.ts";
import { JoinedFile } from "../joined-file.ts";
import { safePath } from "../original-path.ts";
import { pathFilter } from "../patterns.ts";
import type { SourceFiles } from "../source-files.ts";

/**
 * Returns the paths that were added. `window`: why a file that no environment mentions may have been loaded all the
 * same; then whether it ran is unknown.
 * A file that cannot be parsed is left out: it may not be code.
 */
export async function addNeverLoaded(
  options: CombineOptions,
  files: SourceFiles,
  window: WindowReason | undefined,
): Promise<string[]> {
  const added: string[] = [];
  const isWanted = pathFilter(options);
  for await (const { path, source } of options.all ?? []) {
    const safe = safePath(path);
    if (files.has(safe) || !isWanted(safe)) continue;
    const { originalTable } = await import("./original-table.ts");
    const table = originalTable(safe, source);
    if (table === undefined || !hasCounters(table)) continue;
    const identity = {
      path: safe,
      language: "javascript" as const,
      text: () => source,
      textSha256: sha256Hex(source),
      shape: () => source,
      deployed: false,
    };
    const file = files.file(identity, { functionName: "", lastSeenMs: 0 }, () => new JoinedFile());
    file.counters.add(table, noHits(table, window), undefined);
    if (window === undefined) added.push(safe);
  }
  return added.sort();
}

/** Types and comments alone are no code. */
function hasCounters({ statements, functions, branches }: FileTable): boolean {
  return statements.length + functions.length + branches.length > 0;
}

function noHits(table: FileTable, window: WindowReason | undefined): FileCounts {
  const count: Count = { hits: window === undefined ? 0 : undefined, atLoad: false };
  return {
    statements: table.statements.map(() => count),
    functions: table.functions.map(() => count),
    branches: table.branches.map(({ probes }) => probes.map(() => count)),
    reasons: window === undefined ? [] : [window],
  };
}
