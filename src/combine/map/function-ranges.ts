import type { FunctionRanges } from "../fold/script-counts.ts";
import { type AstNode, isNode } from "./parse-script.ts";

/** All functions of a script, see `FunctionRanges`; the top level first, entered at `topLevel`. */
export function functionRanges(program: AstNode, topLevel: number): FunctionRanges {
  const ranges: number[] = [0, topLevel, program.end];
  const visit = (node: AstNode, start: number): void => {
    if (/Function/.test(node.type)) ranges.push(start, node.start, node.end);
    const isMethod = node.type === "MethodDefinition" || (node.type === "Property" && isMethodProperty(node));
    for (const key in node) {
      const value = node[key];
      if (Array.isArray(value)) {
        for (const item of value) if (isNode(item)) visit(item, item.start);
      } else if (isNode(value)) visit(value, isMethod && value === node.value ? node.start : value.start);
    }
  };
  visit(program, 0);
  return sortByStart(ranges);
}

function isMethodProperty(node: AstNode): boolean {
  return node.method === true || node.kind !== "init";
}

/** Keys of methods hold functions too (`[key()]`), which come after the method's first token. */
function sortByStart(flat: number[]): number[] {
  const triples: [number, number, number][] = [];
  for (let at = 0; at < flat.length; at += 3) {
    triples.push([flat[at] as number, flat[at + 1] as number, flat[at + 2] as number]);
  }
  return triples.sort((a, b) => a[0] - b[0] || b[2] - a[2]).flat();
}
