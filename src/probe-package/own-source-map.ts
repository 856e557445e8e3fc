/** The source map that a file names in its last `sourceMappingURL` comment, where the package has it. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const comment = /\/[/*][#@] sourceMappingURL=([^\s'"*]+)/g;
const dataUrl = /^data:application\/json[^,]*?(;base64)?,(.*)$/s;

/** Its JSON, or undefined. `file`: absolute. */
export function ownSourceMap(file: string, text: string): string | undefined {
  const url = [...text.matchAll(comment)].at(-1)?.[1];
  if (url === undefined) return undefined;
  const [, base64, data] = dataUrl.exec(url) ?? [];
  if (data !== undefined) {
    return base64 === undefined ? decoded(data) : Buffer.from(data, "base64").toString("utf8");
  }
  if (/^[a-z]+:/i.test(url)) return undefined;
  const map = join(dirname(file), decoded(url) ?? url);
  return existsSync(map) ? readFileSync(map, "utf8") : undefined;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
