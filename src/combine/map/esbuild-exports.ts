/**
 * What esbuild writes for a module's exports (`format: "cjs"`, and wherever a namespace is needed). Its map gives it
 * the first line of the user's file, where it would count as a function and statements:
 *
 *     var index_exports = {};
 *     __export(index_exports, { handler: () => handler });
 *     module.exports = __toCommonJS(index_exports);
 *     0 && (module.exports = { handler });
 *
 * Known by the helpers' own code, not by their names, which minified bundles lack. See `js_printer` and `runtime` of
 * https://github.com/evanw/esbuild.
 */
import type { AstNode } from "./parse-script.ts";

export class EsbuildExports {
  readonly #exportHelpers = new Set<string>();
  readonly #commonJsHelpers = new Set<string>();

  /** Learns from one top-level statement; true where it is such code itself. */
  follow(node: AstNode): boolean {
    if (node.type === "VariableDeclaration") this.#learn(node);
    return this.namespaceOf(node) !== undefined || this.#isModuleExports(node);
  }

  /** `index_exports` of `__export(index_exports, { … })`. */
  namespaceOf(node: AstNode): string | undefined {
    const call = expressionOf(node, "CallExpression");
    if (call === undefined || !this.#exportHelpers.has(nameOf(call.callee) ?? "")) return undefined;
    const [namespace, getters] = call.arguments as AstNode[];
    if (getters?.type !== "ObjectExpression" || !(getters.properties as AstNode[]).every(isGetter))
      return undefined;
    return nameOf(namespace);
  }

  #learn(node: AstNode): void {
    for (const { id, init } of node.declarations as { id: AstNode; init: AstNode | null }[]) {
      const name = nameOf(id);
      if (name === undefined || init?.type !== "ArrowFunctionExpression") continue;
      if (isExportHelper(init)) this.#exportHelpers.add(name);
      if (isCommonJsHelper(init)) this.#commonJsHelpers.add(name);
    }
  }

  #isModuleExports(node: AstNode): boolean {
    const assignment = expressionOf(node, "AssignmentExpression");
    if (assignment !== undefined && isModuleExports(assignment.left)) {
      const call = assignment.right as AstNode;
      return call.type === "CallExpression" && this.#commonJsHelpers.has(nameOf(call.callee) ?? "");
    }
    const never = expressionOf(node, "LogicalExpression");
    if (never?.operator !== "&&" || (never.left as AstNode).value !== 0) return false;
    const { type, left } = never.right as AstNode;
    return type === "AssignmentExpression" && isModuleExports(left);
  }
}

/** The name in `var name = {};`. */
export function emptyObjectName(node: AstNode): string | undefined {
  if (node.type !== "VariableDeclaration") return undefined;
  const [only, ...others] = node.declarations as { id: AstNode; init: AstNode | null }[];
  if (others.length > 0 || only?.init?.type !== "ObjectExpression") return undefined;
  return (only.init.properties as AstNode[]).length === 0 ? nameOf(only.id) : undefined;
}

/** `(target, all) => { for (var name in all) define(target, name, { get: all[name], enumerable: true }); }` */
function isExportHelper({ params, body }: AstNode): boolean {
  const [target, all, ...others] = (params as AstNode[]).map(nameOf);
  if (target === undefined || all === undefined || others.length > 0) return false;
  const loop = onlyStatement(body as AstNode);
  if (loop?.type !== "ForInStatement" || nameOf(loop.right) !== all) return false;
  const [declared] = ((loop.left as AstNode).declarations ?? []) as { id: AstNode }[];
  const name = nameOf(declared?.id);
  const call = expressionOf(onlyStatement(loop.body as AstNode), "CallExpression");
  if (call === undefined || name === undefined) return false;
  const [into, key, descriptor] = call.arguments as AstNode[];
  if (nameOf(into) !== target || nameOf(key) !== name || descriptor?.type !== "ObjectExpression")
    return false;
  const [getter] = descriptor.properties as AstNode[];
  const value = getter?.value as AstNode | undefined;
  return nameOf(getter?.key) === "get" && nameOf(value?.object) === all && nameOf(value?.property) === name;
}

/** `(mod) => copy(define({}, "__esModule", { value: true }), mod)` */
function isCommonJsHelper({ params, body }: AstNode): boolean {
  const [module, ...others] = (params as AstNode[]).map(nameOf);
  const copy = body as AstNode;
  if (module === undefined || others.length > 0 || copy.type !== "CallExpression") return false;
  const [defined, from] = copy.arguments as AstNode[];
  if (defined?.type !== "CallExpression" || nameOf(from) !== module) return false;
  return (defined.arguments as AstNode[])[1]?.value === "__esModule";
}

/** `handler: () => handler` */
function isGetter({ type, value }: AstNode): boolean {
  const { type: valueType, params, body } = (value ?? {}) as AstNode;
  return (
    type === "Property" &&
    valueType === "ArrowFunctionExpression" &&
    (params as AstNode[]).length === 0 &&
    ["Identifier", "MemberExpression"].includes((body as AstNode).type)
  );
}

function isModuleExports(value: unknown): boolean {
  const { type, object, property } = (value ?? {}) as AstNode;
  return type === "MemberExpression" && nameOf(object) === "module" && nameOf(property) === "exports";
}

function onlyStatement(node: AstNode): AstNode | undefined {
  if (node.type !== "BlockStatement") return node;
  const [only, ...others] = node.body as AstNode[];
  return others.length === 0 ? only : undefined;
}

function expressionOf(node: AstNode | undefined, type: string): AstNode | undefined {
  if (node?.type !== "ExpressionStatement") return undefined;
  const expression = node.expression as AstNode;
  return expression.type === type ? expression : undefined;
}

function nameOf(node: unknown): string | undefined {
  const { type, name } = (node ?? {}) as AstNode;
  return type === "Identifier" ? (name as string) : undefined;
}
