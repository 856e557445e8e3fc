/**
 * Functions whose text is taken: sent to a browser by Puppeteer or Playwright, or read by `toString`, `String` or a
 * template. Where that text runs there are no counters, so it stays as it is. Who only reads parameters' names from a
 * text, as dependency injection does, finds them in the copy's text, too.
 */
import type { BinaryExpression, CallExpression, Node, TemplateLiteral } from "acorn";
import { isFunction } from "./scopes.ts";

/** Methods that run a function's text somewhere else. */
const senders = new Set([
  "evaluate",
  "evaluateHandle",
  "evaluateOnNewDocument",
  "evaluateAll",
  "$eval",
  "$$eval",
  "waitForFunction",
  "addInitScript",
]);

const none: readonly Node[] = [];

/** Values whose text an expression takes, if they are functions. */
export function takenAsText(node: BinaryExpression | CallExpression | TemplateLiteral): readonly Node[] {
  if (node.type === "TemplateLiteral") return node.expressions;
  return node.type === "CallExpression" ? takenByCall(node) : takenByPlus(node);
}

function takenByCall({ callee, arguments: values }: CallExpression): readonly Node[] {
  if (callee.type === "Identifier") return callee.name === "String" ? values : none;
  if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier" || callee.computed)
    return none;
  const { name } = callee.property;
  if (name === "toString") return [callee.object];
  return senders.has(name) ? values : none;
}

function takenByPlus({ left, operator, right }: BinaryExpression): readonly Node[] {
  if (operator !== "+") return none;
  const isText = (node: Node) =>
    node.type === "Literal" || node.type === "TemplateLiteral" || isFunction(node);
  return isText(left) || isText(right) ? [left, right] : none;
}
