/** Functions and classes without a name of their own take it from the place where they stand. */
import type { Function as FunctionNode, Node } from "acorn";

const expressions = new Set(["ArrowFunctionExpression", "FunctionExpression", "ClassExpression"]);

export function isFunctionOrClassExpression({ type }: Node): boolean {
  return expressions.has(type);
}

/** `name` where the expression would take it from its place: wrapped, it no longer does. */
export function nameForWrapped(node: Node, name: string): string | undefined {
  return isFunctionOrClassExpression(node) && !(node as FunctionNode).id ? name : undefined;
}
