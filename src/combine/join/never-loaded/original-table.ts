/** The counters of an original source that was never bundled: TypeScript and JSX parse too. */
import { parse } from "@babel/parser";
import { tableOf } from "../../map/build-table.ts";
import { IgnoreHints } from "../../map/ignore-hints.ts";
import type { AstNode } from "../../map/parse-script.ts";
import type { FileTable } from "../../map/probe-table.ts";
import { judgedMap } from "../../map/source-map.ts";

/** Undefined where the text is no JavaScript or TypeScript. */
export function originalTable(path: string, source: string): FileTable | undefined {
  try {
    const isPlainTs = /\.[cm]?ts$/.test(path);
    const { program, comments } = parse(source, {
      sourceType: "unambiguous",
      allowReturnOutsideFunction: true,
      allowAwaitOutsideFunction: true,
      plugins: ["estree", "typescript", "decorators-legacy", ...(isPlainTs ? [] : (["jsx"] as const))],
    });
    const hints = new IgnoreHints(source);
    hints.read((comments ?? []).map(({ value, end }) => ({ value, end: end ?? 0 })));
    const { map } = judgedMap(path, source, undefined);
    return tableOf(program as unknown as AstNode, hints, source, map)[0];
  } catch {
    return undefined;
  }
}
