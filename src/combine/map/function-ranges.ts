import type { FunctionRanges } from "../fold/script-counts.ts";
import { type AstNode, isNode } from "./parse-script.ts";

/** Appends the functions in `node`, flat triples as `FunctionRanges` has them, in any order. */
export function collectFunctions(node: AstNode, ranges: number[], start = node.start): void {
  if (/Function/.test(node.type)) ranges.push(start, node.start, node.end);
  const isMethod = node.type === "MethodDefinition" || (node.type === "Property" && isMethodProperty(node));
  for (const key in node) {
    const value = node[key];
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) collectFunctions(item, ranges);
    } else if (isNode(value)) {
      collectFunctions(value, ranges, isMethod && value === node.value ? node.start : value.start);
    }
  }
}

function isMethodProperty(node: AstNode): boolean {
  return node.method === true || node.kind !== "init";
}

/** All functions of a script: the top level, entered at `topLevel`, and `nested`, in pre-order. */
export function functionRanges(nested: readonly number[], topLevel: number, length: number): FunctionRanges {
  const triples: [number, number, number][] = [[0, topLevel, length]];
  for (let at = 0; at < nested.length; at += 3) {
    triples.push([nested[at] as number, nested[at + 1] as number, nested[at + 2] as number]);
  }
  return triples.sort((a, b) => a[0] - b[0] || b[2] - a[2]).flat();
}
