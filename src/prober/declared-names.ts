/** The names that a scope declares, and from where on each can be read. */
import type { AnyNode, Node, Pattern, VariableDeclaration } from "acorn";
import { isFunction, type Scope } from "./scopes.ts";

export interface Declaration {
  /** What the name holds at first, where that is seen. */
  holds: Node;
  /** Offset from which on its declaration has run: 0 where it is there at once, Infinity where nobody knows. */
  readyAt: number;
  isConstant: boolean;
}

type Names = Map<string, Declaration>;

/** How a pattern's names are declared. */
type Way = Pick<Declaration, "readyAt" | "isConstant">;

const atOnce: Way = { readyAt: 0, isConstant: false };

export function declarationsOf(scope: Scope, importsMayBeEarly: boolean): ReadonlyMap<string, Declaration> {
  const names: Names = new Map();
  if (isFunction(scope)) {
    if (scope.type !== "ArrowFunctionExpression") names.set("arguments", { holds: scope.body, ...atOnce });
    if (scope.id) names.set(scope.id.name, { holds: scope, readyAt: 0, isConstant: true });
    for (const parameter of scope.params) {
      declarePattern(parameter, parameter, { readyAt: parameter.end, isConstant: false }, names);
    }
    hoistVariables(scope.body, names);
    return names;
  }
  switch (scope.type) {
    case "Program":
      for (const statement of scope.body) declareImports(statement, importsMayBeEarly, names);
      for (const statement of scope.body) hoistVariables(statement, names);
      break;
    case "StaticBlock":
      for (const statement of scope.body) hoistVariables(statement, names);
      break;
    case "CatchClause":
      if (scope.param) {
        declarePattern(scope.param, scope.param, { readyAt: scope.param.end, isConstant: false }, names);
      }
      return names;
    case "ForStatement":
      if (scope.init) declareStatement(scope.init, names);
      return names;
    case "ForInStatement":
    case "ForOfStatement":
      // What is gone through is looked up before they are there.
      declareStatement(scope.left, names, scope.right.end);
      return names;
    case "SwitchStatement":
      // Another case may have been skipped.
      for (const { consequent } of scope.cases) declareAll(consequent, names, Number.POSITIVE_INFINITY);
      return names;
    case "SwitchCase":
      declareAll(scope.consequent, names);
      return names;
    case "ClassDeclaration":
    case "ClassExpression":
      if (scope.id) names.set(scope.id.name, { holds: scope, readyAt: scope.body.start, isConstant: true });
      return names;
  }
  declareAll(scope.body, names);
  return names;
}

function declareAll(statements: readonly Node[], names: Names, readyAt?: number): void {
  for (const statement of statements) declareStatement(statement, names, readyAt);
}

/** `readyAt`: of what is there only behind its declaration. */
function declareStatement(statement: Node, names: Names, readyAt?: number): void {
  const node = statement as AnyNode;
  switch (node.type) {
    case "ExportNamedDeclaration":
    case "ExportDefaultDeclaration":
      if (node.declaration) declareStatement(node.declaration, names, readyAt);
      return;
    case "LabeledStatement":
      declareStatement(node.body, names, readyAt);
      return;
    case "FunctionDeclaration":
      if (node.id) names.set(node.id.name, { holds: node, ...atOnce });
      return;
    case "ClassDeclaration":
      if (node.id) names.set(node.id.name, { holds: node, readyAt: readyAt ?? node.end, isConstant: false });
      return;
    case "VariableDeclaration":
      declareVariables(node, names, readyAt);
  }
}

function declareVariables({ kind, declarations }: VariableDeclaration, names: Names, readyAt?: number): void {
  const isConstant = kind !== "var" && kind !== "let";
  for (const { id, init, end } of declarations) {
    const way = kind === "var" ? atOnce : { readyAt: readyAt ?? end, isConstant };
    declarePattern(id, init ?? id, way, names);
  }
}

function declareImports(statement: Node, mayBeEarly: boolean, names: Names): void {
  const node = statement as AnyNode;
  if (node.type !== "ImportDeclaration") return;
  const readyAt = mayBeEarly ? Number.POSITIVE_INFINITY : 0;
  for (const { local } of node.specifiers) names.set(local.name, { holds: local, readyAt, isConstant: true });
}

/** Statements in which a `var` may stand that belongs to the function around. */
function hoistVariables(statement: Node, names: Names): void {
  const node = statement as AnyNode;
  switch (node.type) {
    case "VariableDeclaration":
      if (node.kind === "var") declareVariables(node, names);
      return;
    case "ExportNamedDeclaration":
      if (node.declaration) hoistVariables(node.declaration, names);
      return;
    case "BlockStatement":
      for (const inner of node.body) hoistVariables(inner, names);
      return;
    case "IfStatement":
      hoistVariables(node.consequent, names);
      if (node.alternate) hoistVariables(node.alternate, names);
      return;
    case "ForStatement":
      if (node.init) hoistVariables(node.init, names);
      hoistVariables(node.body, names);
      return;
    case "ForInStatement":
    case "ForOfStatement":
      hoistVariables(node.left, names);
      hoistVariables(node.body, names);
      return;
    case "WhileStatement":
    case "DoWhileStatement":
    case "LabeledStatement":
    case "WithStatement":
      hoistVariables(node.body, names);
      return;
    case "TryStatement":
      hoistVariables(node.block, names);
      if (node.handler) hoistVariables(node.handler.body, names);
      if (node.finalizer) hoistVariables(node.finalizer, names);
      return;
    case "SwitchStatement":
      for (const one of node.cases) for (const inner of one.consequent) hoistVariables(inner, names);
  }
}

/** `holds`: what a plain name holds at first; what is taken out of it is no function that we know. */
function declarePattern(pattern: Pattern, holds: Node, way: Way, names: Names): void {
  switch (pattern.type) {
    case "Identifier":
      names.set(pattern.name, { holds, ...way });
      return;
    case "AssignmentPattern":
      declarePattern(pattern.left, pattern, way, names);
      return;
    case "RestElement":
      declarePattern(pattern.argument, pattern, way, names);
      return;
    case "ArrayPattern":
      for (const element of pattern.elements) if (element) declarePattern(element, pattern, way, names);
      return;
    case "ObjectPattern":
      for (const property of pattern.properties) {
        const inner = property.type === "RestElement" ? property.argument : property.value;
        declarePattern(inner, pattern, way, names);
      }
  }
}
