/** Where a combined report may lie in the bucket. */
import { contentPrefixes, mappingsPrefix } from "../contract/object-keys.ts";

/**
 * The key without leading slashes. Throws a RangeError where a report would look like coverage to the next
 * combine, lie among the scripts, or name no object.
 */
export function checkOutputKey(outputKey: string): string {
  const key = outputKey.replace(/^\/+/, "");
  const problem = outputKeyProblem(key);
  if (problem !== undefined) throw new RangeError(`output key ${JSON.stringify(outputKey)} ${problem}`);
  return key;
}

function outputKeyProblem(key: string): string | undefined {
  if (key === "" || key.endsWith("/")) return "names no object, e.g. coverage/combined/daily-report.json";
  if (!/\.json$/i.test(key)) return "does not end in .json";
  const folder = [...contentPrefixes, mappingsPrefix].find((kept) => key.startsWith(kept));
  if (folder !== undefined) return `lies in ${folder}, which is kept for the layer's own objects`;
  if (key.split("/").includes("..")) return "has .. in it";
  return undefined;
}
