/**
 * Loads a CommonJS handler file as `import()` would, but for the scan for export names: it costs a big bundle 150 ms
 * on Node.js 22, more where V8 counts, and the client only looks one name up.
 */
import { readFileSync } from "node:fs";
import { Module } from "node:module";
import { isTypeModule } from "./package-type.ts";

interface CommonJsLoader {
  _load(file: string, parent: undefined, isMain: boolean): unknown;
}

/** Preloads, of NODE_OPTIONS or of a wrapper's command line, may have registered loader hooks, which see imports. */
const preloads = /(^|[\s"])(-r|--(import|require|(experimental-)?loader))\b/;

/** What `import()` resolves to, as far as a lookup of names needs it; undefined where only `import()` will do. */
export function importCjsHandler(file: string): { default: object } | undefined {
  if (preloads.test(`${process.env.NODE_OPTIONS} ${process.execArgv.join(" ")}`) || !isCommonJs(file))
    return undefined;
  const exports = (Module as unknown as CommonJsLoader)._load(file, undefined, false);
  // Of an exported function, names are what the scan says; it is loaded by now, and not run again.
  return typeof exports === "object" && exports !== null ? { default: exports } : undefined;
}

function isCommonJs(file: string): boolean {
  if (file.endsWith(".cjs")) return true;
  if (!file.endsWith(".js") || isTypeModule(file, () => true)) return false;
  return !exportsByKeyword(readFileSync(file, "latin1"));
}

/**
 * False for sure only where no statement can begin with `export`: then the file is no ES module with a handler.
 * One character a byte. A statement follows `;`, `}`, a comment or a line's end; bytes beyond ASCII may be such an end,
 * a byte-order mark, a space.
 */
export function exportsByKeyword(source: string): boolean {
  for (let at = source.indexOf("export"); at >= 0; at = source.indexOf("export", at + 6)) {
    if (!" {\n\r\t*/".includes(source[at + 6] ?? "-")) continue;
    if (/(^|[;}/\n\r\x80-\xff])\s*$/.test(source.slice(Math.max(0, at - 80), at))) return true;
  }
  return false;
}
