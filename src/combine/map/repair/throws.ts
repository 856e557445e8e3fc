/** What may throw, as far as the syntax tells. */
import { type AstNode, isNode } from "../parse-script.ts";

const throwing = new Set([
  "CallExpression",
  "NewExpression",
  "TaggedTemplateExpression",
  "ImportExpression",
  "AwaitExpression",
  "YieldExpression",
  "ThrowStatement",
  // Of `undefined`.
  "MemberExpression",
  "ObjectPattern",
  "ArrayPattern",
  "SpreadElement",
  "ForOfStatement",
]);

const calling = new Set(["CallExpression", "NewExpression", "TaggedTemplateExpression", "ImportExpression"]);

export function mayThrow(node: AstNode): boolean {
  return holds(node, throwing);
}

export function callsSomething(node: AstNode): boolean {
  return holds(node, calling);
}

/** Functions inside run at another time. */
function holds(node: AstNode, types: ReadonlySet<string>): boolean {
  if (types.has(node.type)) return true;
  if (/Function/.test(node.type)) return false;
  for (const key in node) {
    const value = node[key];
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item) && holds(item, types)) return true;
    } else if (isNode(value) && holds(value, types)) return true;
  }
  return false;
}
