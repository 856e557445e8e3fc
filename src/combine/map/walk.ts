/**
 * Walks a script's AST by the rules of ast-v8-to-istanbul 1.0 (https://github.com/AriPerkkio/ast-v8-to-istanbul):
 * which nodes are counters, in which order, and where each is read. Tests hold both equal to the byte.
 */
import type { IgnoreHints } from "./ignore-hints.ts";
import { type AstNode, isNode } from "./parse-script.ts";
import type { BranchType } from "./probe-table.ts";

export interface CounterSink {
  /** `counted`: the node whose start tells the count, where it is not `node` itself. */
  statement(node: AstNode, counted?: AstNode): void;
  /** `declaration`: the span that names it. `counted` as above. */
  function(node: AstNode, body: Span, declaration: Span, counted: AstNode): void;
  branch(type: BranchType, node: AstNode, arms: (AstNode | null)[]): void;
}

interface Span {
  start: number;
  end: number;
}

type Enter = (walk: Walk, node: AstNode) => void;

interface Walk {
  sink: CounterSink;
  hints: IgnoreHints;
  /** Ignored nodes, and logical operands whose operator was counted already. */
  skipped: WeakSet<AstNode>;
  /** Function expressions that a method or property counted already. */
  counted: WeakSet<AstNode>;
}

/** Walks `node`, a top-level statement or a program. */
export function walkCounters(node: AstNode, hints: IgnoreHints, sink: CounterSink): void {
  visit({ sink, hints, skipped: new WeakSet(), counted: new WeakSet() }, node);
}

function visit(walk: Walk, node: AstNode): void {
  if (walk.hints.byNextStart.get(node.start) === "next") return;
  const isSkipped = walk.skipped.has(node) && node.type !== "LogicalExpression";
  enters[node.type]?.(walk, node);
  if (isSkipped) return;
  for (const key in node) {
    const value = node[key];
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) visit(walk, item);
    } else if (isNode(value)) visit(walk, value);
  }
}

const statement: Enter = (walk, node) => walk.sink.statement(node);

const enters: Record<string, Enter | undefined> = {
  FunctionDeclaration: (walk, node) => {
    walk.sink.function(node, node.body as AstNode, (node.id as AstNode | null) ?? firstCharacter(node), node);
  },
  FunctionExpression: (walk, node) => {
    if (walk.counted.has(node)) return;
    walk.sink.function(node, node.body as AstNode, (node.id as AstNode | null) ?? firstCharacter(node), node);
  },
  ArrowFunctionExpression: (walk, node) => {
    const body = node.body as AstNode;
    walk.sink.function(node, body, firstCharacter(node), node);
    if (body.type !== "BlockStatement") walk.sink.statement(body, node);
  },
  MethodDefinition: (walk, node) => {
    const value = node.value as AstNode;
    walk.counted.add(value);
    walk.sink.function(node, value.body as AstNode, firstCharacter(node), value);
  },
  Property: (walk, node) => {
    const value = node.value as AstNode;
    if (value.type !== "FunctionExpression") return;
    walk.counted.add(value);
    walk.sink.function(node, value.body as AstNode, node.key as AstNode, node);
  },
  ExpressionStatement: (walk, node) => {
    const expression = node.expression as AstNode;
    if (expression.type !== "Literal" || expression.value !== "use strict") walk.sink.statement(node);
  },
  BreakStatement: statement,
  ContinueStatement: statement,
  DebuggerStatement: statement,
  ReturnStatement: statement,
  ThrowStatement: statement,
  TryStatement: statement,
  ForStatement: statement,
  ForInStatement: statement,
  ForOfStatement: statement,
  WhileStatement: statement,
  DoWhileStatement: statement,
  WithStatement: statement,
  LabeledStatement: statement,
  VariableDeclarator: (walk, node) => {
    if (node.init) walk.sink.statement(node.init as AstNode, node);
  },
  ClassBody: (walk, node) => {
    for (const member of node.body as AstNode[]) {
      if (member.type === "PropertyDefinition" && member.value) walk.sink.statement(member.value as AstNode);
    }
  },
  IfStatement: enterIf,
  SwitchStatement: (walk, node) => {
    const cases = (node.cases as AstNode[]).filter(
      (clause) => walk.hints.byNextStart.get(clause.start) !== "next",
    );
    walk.sink.branch("switch", node, cases);
    walk.sink.statement(node);
  },
  ConditionalExpression: (walk, node) => {
    const arms: AstNode[] = [];
    for (const arm of [node.consequent, node.alternate] as AstNode[]) {
      if (walk.hints.byNextStart.get(arm.start) === "next") walk.skipped.add(arm);
      else arms.push(arm);
    }
    walk.sink.branch("cond-expr", node, arms);
  },
  LogicalExpression: enterLogical,
  AssignmentPattern: (walk, node) => walk.sink.branch("default-arg", node, [node.right as AstNode]),
};

/** The declaration of what has no name: its first character. */
function firstCharacter(node: AstNode): Span {
  return { start: node.start, end: node.start + 1 };
}

/** An arm without braces is treated as a block, so that an arm is one place of the report. */
function enterIf(walk: Walk, node: AstNode): void {
  const hint = walk.hints.byNextStart.get(node.start);
  node.consequent = asBlock(node.consequent as AstNode);
  if (node.alternate) node.alternate = asBlock(node.alternate as AstNode);
  const arms: (AstNode | null)[] = [];
  if (hint === "if") walk.skipped.add(node.consequent as AstNode);
  else arms.push(node.consequent as AstNode);
  if (hint === "else" && node.alternate) walk.skipped.add(node.alternate as AstNode);
  else if (hint !== "if" && hint !== "else") arms.push(node.alternate as AstNode | null);
  walk.sink.branch("if", node, arms);
  walk.sink.statement(node);
}

function asBlock(node: AstNode): AstNode {
  if (node.type === "BlockStatement") return node;
  return { type: "BlockStatement", body: [node], start: node.start, end: node.end };
}

/** `a && b || c` is one branch with three arms. */
function enterLogical(walk: Walk, node: AstNode): void {
  if (walk.skipped.has(node)) return;
  const arms: AstNode[] = [];
  const collect = (operand: AstNode): void => {
    if (operand.type === "LogicalExpression") {
      walk.skipped.add(operand);
      if (walk.hints.byNextStart.get(operand.start) !== "next") {
        collect(operand.left as AstNode);
        collect(operand.right as AstNode);
        return;
      }
    }
    arms.push(operand);
  };
  collect(node);
  walk.sink.branch("binary-expr", node, arms);
}
