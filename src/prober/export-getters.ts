/** The functions in whose text Node.js finds exports of a CommonJS file: what TypeScript, Babel and swc write. */
import type { AnyNode, CallExpression, Node } from "acorn";
import { isFunction } from "./scopes.ts";

/** Of `Object.defineProperty(exports, name, { get })` the getter, of `Object.keys(module).forEach(…)` the callback. */
export function exportGetters({ callee, arguments: values }: CallExpression): Node[] {
  if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier") return [];
  const { object, property } = callee;
  if (property.name === "forEach") return isCallOf(object, "keys") ? values.filter(isFunction) : [];
  if (property.name !== "defineProperty" || !isObject(object)) return [];
  const descriptor = values[2];
  if (descriptor?.type !== "ObjectExpression") return [];
  return descriptor.properties.flatMap((one) => {
    if (one.type !== "Property" || one.key.type !== "Identifier" || one.key.name !== "get") return [];
    return [one.method ? one : one.value];
  });
}

function isObject(node: AnyNode): boolean {
  return node.type === "Identifier" && node.name === "Object";
}

function isCallOf(node: AnyNode, method: string): boolean {
  if (node.type !== "CallExpression" || node.callee.type !== "MemberExpression") return false;
  const { object, property } = node.callee;
  return isObject(object) && property.type === "Identifier" && property.name === method;
}
