/** The coverage files that hold one request's coverage. */
import { readCoverageFile } from "../combine/read/read-coverage-file.ts";
import type { CoverageFile } from "../contract/coverage-file.ts";
import { coverageSuffix, parseCoverageKey, sanitiseKeyPart } from "../contract/object-keys.ts";
import type { OpenedStore } from "../store/open-store.ts";

export interface RequestFiles {
  /** Every coverage file below the prefix. */
  keys: string[];
  /** Those that hold the request. */
  holding: { key: string; file: CoverageFile }[];
}

/** A key names one request of its file; where none names this one, all files are read. */
export async function findRequest({ store, prefix }: OpenedStore, requestId: string): Promise<RequestFiles> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) if (key.endsWith(coverageSuffix)) keys.push(key);
  const named = keys.filter((key) => namesRequest(key, requestId));
  const holding: RequestFiles["holding"] = [];
  for (const key of named.length > 0 ? named : keys) {
    const file = await readCoverageFile(store, key);
    if (file?.invocations.some((invocation) => invocation.requestId === requestId))
      holding.push({ key, file });
  }
  return { keys, holding };
}

function namesRequest(key: string, requestId: string): boolean {
  const id = parseCoverageKey(key)?.executionId.replace(/^\d{9}-/, "");
  const wanted = sanitiseKeyPart(requestId);
  return (
    id !== undefined &&
    (id === wanted || (id.startsWith(`${wanted}-`) && /^\d+$/.test(id.slice(wanted.length + 1))))
  );
}
