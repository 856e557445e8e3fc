/** Source as Node.js runs it after it has stripped types; see lib/internal/modules/typescript.js. */
import { Module } from "node:module";
import { pathToFileURL } from "node:url";

/** Node 22.13 on; not in the types of the oldest Node that we support. */
type StripTypes = (code: string, options: { mode: "strip"; sourceUrl: string }) => string;

export const isTypeScript = (file: string): boolean => /\.[cm]?ts$/.test(file);

/** CommonJS has been named by its path and by its URL; no text where types alone were not all there was to do. */
export function strippedTypes(file: string, code: string): Buffer[] {
  const { stripTypeScriptTypes: strip } = Module as unknown as { stripTypeScriptTypes?: StripTypes };
  if (strip === undefined) return [];
  // "stripTypeScriptTypes is an experimental feature": the function's log is not ours.
  process.removeAllListeners("warning");
  try {
    return [pathToFileURL(file).href, file].map((sourceUrl) =>
      Buffer.from(strip(code, { mode: "strip", sourceUrl })),
    );
  } catch {
    return []; // an enum, for one
  }
}
