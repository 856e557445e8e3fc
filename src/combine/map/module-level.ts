/** Where a script's own code lies, which runs when its module is loaded, and where code that is called later. */
import { addInterval, holds } from "../fold/intervals.ts";
import { type AstNode, isNode } from "./parse-script.ts";
import type { ModuleLevel } from "./probe-table.ts";
import type { Probe } from "./repair/terms.ts";

/** Notes what lies in `node`, part of a top-level statement. */
export function collectModuleLevel(
  node: AstNode,
  into: { deferred: number[]; loops: number[] },
  isInLoop = false,
): void {
  if (/Function/.test(node.type) || (node.type === "PropertyDefinition" && node.static !== true)) {
    addInterval(into.deferred, node.start, node.end - 1);
    return;
  }
  const isLoop = /^(For|While|DoWhile)/.test(node.type);
  if (isLoop && !isInLoop) addInterval(into.loops, node.start, node.end - 1);
  for (const key in node) {
    const value = node[key];
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) collectModuleLevel(child, into, isInLoop || isLoop);
    }
  }
}

/** `once`: module-level code outside of loops. */
export type Level = "once" | "module" | "deferred";

/** `length`: of the script; what lies beyond are initialisers of instance fields, see `twinOffset`. */
export function levelOf(probe: Probe, { deferred, loops }: ModuleLevel, length: number): Level {
  let level: Level = "once";
  for (const term of probe) {
    const offset = term < 0 ? ~term : term;
    if (offset > length || holds(deferred, offset)) return "deferred";
    if (holds(loops, offset)) level = "module";
  }
  return level;
}
