/** The name of a method, by its text: a plan has names of functions only, reports by V8 have those of methods, too. */
import type { Span } from "./locator.ts";

const method =
  /(?:(?:static|async|get|set)(?=[\s*["'[\p{ID_Start}$_])\s*(?!\()|\*\s*)*\[?\s*([\p{ID_Start}$_][\p{ID_Continue}$]*)\s*\]?\s*\(/uy;

/** Undefined for what is no method, and where its key is no name. `start`: of the function, `body`: of its body. */
export function methodName(source: string, start: number, body: Span): string | undefined {
  if (/^(?:async\s+)?function\b/.test(source.slice(start, start + 40))) return undefined;
  if (/=>\s*$/.test(source.slice(Math.max(start, body.start - 40), body.start))) return undefined;
  method.lastIndex = start;
  return method.exec(source)?.[1];
}
