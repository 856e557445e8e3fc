/** Which function a name stands for, as far as declarations tell: assignments are not followed. */
import type { AnyNode, Function as FunctionNode, Node, Pattern } from "acorn";

/** The nodes around a place that declare names, outermost first. */
export type Scope =
  | Extract<AnyNode, { type: "Program" | "BlockStatement" | "StaticBlock" | "CatchClause" }>
  | FunctionNode;

const functionTypes = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);

export function isFunction(node: Node): node is FunctionNode {
  return functionTypes.has(node.type);
}

export class Scopes {
  readonly #around: Scope[] = [];
  /** What each scope declares: read once, where a name is first looked for. */
  readonly #declared = new Map<Scope, Map<string, Node>>();

  get isTopLevel(): boolean {
    return this.#around.length === 1;
  }

  within(scope: Scope, look: () => void): void {
    this.#around.push(scope);
    look();
    this.#around.pop();
  }

  /** The function that an expression is, or that the variable it reads was declared as. */
  functionOf(value: Node): FunctionNode | undefined {
    if (isFunction(value)) return value;
    const node = value as AnyNode;
    if (node.type !== "Identifier") return undefined;
    for (const scope of this.#around.toReversed()) {
      const found = this.#declarations(scope).get(node.name);
      if (found !== undefined) return isFunction(found) ? found : undefined;
    }
    return undefined;
  }

  #declarations(scope: Scope): Map<string, Node> {
    const known = this.#declared.get(scope);
    if (known !== undefined) return known;
    const names = new Map<string, Node>();
    declare(scope, names);
    this.#declared.set(scope, names);
    return names;
  }
}

function declare(scope: Scope, names: Map<string, Node>): void {
  if (isFunction(scope)) {
    if (scope.id) names.set(scope.id.name, scope);
    for (const parameter of scope.params) declarePattern(parameter, parameter, names);
  } else if (scope.type === "CatchClause") {
    if (scope.param) declarePattern(scope.param, scope.param, names);
  } else {
    for (const statement of scope.body) declareStatement(statement, names);
  }
}

function declareStatement(statement: Node, names: Map<string, Node>): void {
  const node = statement as AnyNode;
  if (node.type === "ExportNamedDeclaration" || node.type === "ExportDefaultDeclaration") {
    if (node.declaration) declareStatement(node.declaration, names);
  } else if (node.type === "FunctionDeclaration" || node.type === "ClassDeclaration") {
    if (node.id) names.set(node.id.name, node);
  } else if (node.type === "VariableDeclaration") {
    for (const { id, init } of node.declarations) declarePattern(id, init ?? id, names);
  }
}

/** `holds`: what a plain name holds at first; what is taken out of it is no function that we know. */
function declarePattern(pattern: Pattern, holds: Node, names: Map<string, Node>): void {
  switch (pattern.type) {
    case "Identifier":
      names.set(pattern.name, holds);
      return;
    case "AssignmentPattern":
      declarePattern(pattern.left, pattern, names);
      return;
    case "RestElement":
      declarePattern(pattern.argument, pattern, names);
      return;
    case "ArrayPattern":
      for (const element of pattern.elements) if (element) declarePattern(element, pattern, names);
      return;
    case "ObjectPattern":
      for (const property of pattern.properties) {
        const inner = property.type === "RestElement" ? property.argument : property.value;
        declarePattern(inner, pattern, names);
      }
  }
}
