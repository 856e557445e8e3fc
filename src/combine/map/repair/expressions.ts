/** The flow through expressions: arms of `?:` and logical operators, `await`, nested functions, classes. */
import { type AstNode, isNode } from "../parse-script.ts";
import { classFlow } from "./classes.ts";
import { codeFrom } from "./code-from.ts";
import type { FlowContext } from "./flow-context.ts";
import { functionFlow } from "./functions.ts";
import { statementFlow } from "./statements.ts";
import { atLeast, combineTerms, ifAny, never, type Probe, shownOf, sumOf } from "./terms.ts";
import { callsSomething } from "./throws.ts";

/** Notes the probes of all in `node`, which is evaluated `flow` times; returns the flow behind it. */
export function expressionFlow(context: FlowContext, node: AstNode, flow: Probe): Probe {
  const special = specialFlows[node.type];
  return special === undefined ? childrenFlow(context, node, flow) : special(context, node, flow);
}

/** Children in acorn's key order, which is the order of evaluation. */
function childrenFlow(context: FlowContext, node: AstNode, flow: Probe): Probe {
  let current = flow;
  for (const key in node) {
    const value = node[key];
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) current = expressionFlow(context, item, current);
    } else if (isNode(value)) current = expressionFlow(context, value, current);
  }
  return current;
}

type ExpressionFlow = (context: FlowContext, node: AstNode, flow: Probe) => Probe;

const specialFlows: Record<string, ExpressionFlow | undefined> = {
  FunctionDeclaration: functionFlow,
  FunctionExpression: functionFlow,
  ArrowFunctionExpression: functionFlow,
  ClassDeclaration: classFlow,
  ClassExpression: classFlow,
  ExportNamedDeclaration: (context, node, flow) =>
    node.declaration ? statementFlow(context, node.declaration as AstNode, flow, undefined) : flow,
  ExportDefaultDeclaration: (context, node, flow) =>
    statementFlow(context, node.declaration as AstNode, flow, undefined),
  VariableDeclarator: (context, node, flow) => {
    context.statements.set(node, flow);
    return childrenFlow(context, node, flow);
  },
  ConditionalExpression: conditionalFlow,
  LogicalExpression: logicalFlow,
  AssignmentExpression: assignmentFlow,
  AssignmentPattern: patternFlow,
  ChainExpression: chainFlow,
  AwaitExpression: suspendFlow,
  YieldExpression: suspendFlow,
};

function conditionalFlow(context: FlowContext, node: AstNode, flow: Probe): Probe {
  const tested = expressionFlow(context, node.test as AstNode, flow);
  const before = context.jumps;
  const [taken, other] = [node.consequent, node.alternate].map((arm) => armFlow(context, arm as AstNode));
  // What came out of a test that may have thrown is what either arm had.
  if (context.jumps === before && !callsSomething(node.test as AstNode)) return tested;
  return sumOf(taken as Probe, other as Probe) ?? tested;
}

/** V8's range of an arm begins with the operator before it: the arm's own start may be a nested function. */
function armFlow(context: FlowContext, arm: AstNode): Probe {
  const entry: Probe = [arm.start - 1];
  context.arms.set(arm, entry);
  return expressionFlow(context, arm, entry);
}

function logicalFlow(context: FlowContext, node: AstNode, flow: Probe): Probe {
  const left = node.left as AstNode;
  if (left.type !== "LogicalExpression") context.arms.set(left, flow);
  const tested = expressionFlow(context, left, flow);
  const before = context.jumps;
  const right = node.right as AstNode;
  const entry: Probe = [right.start - 1];
  if (right.type !== "LogicalExpression") context.arms.set(right, entry);
  const after = expressionFlow(context, right, entry);
  return context.jumps === before ? tested : combineTerms(tested, after, entry);
}

/** V8 has no counter for the right side of `??=`, `||=`, `&&=`. */
function assignmentFlow(context: FlowContext, node: AstNode, flow: Probe): Probe {
  if (!/^(\?\?|\|\||&&)=$/.test(node.operator as string)) return childrenFlow(context, node, flow);
  const before = expressionFlow(context, node.left as AstNode, flow);
  expressionFlow(context, node.right as AstNode, uncounted(before));
  return flow;
}

/** V8 has no counter for default values either: what is in one tells that it was used, if anything does. */
function patternFlow(context: FlowContext, node: AstNode, flow: Probe): Probe {
  expressionFlow(context, node.left as AstNode, flow);
  const value = node.right as AstNode;
  const used = uncounted(flow);
  expressionFlow(context, value, used);
  const { consequent, alternate, right, type } = value as unknown as Record<string, AstNode> & AstNode;
  if (type === "ConditionalExpression") {
    const arms = [(consequent as AstNode).start - 1, (alternate as AstNode).start - 1];
    context.arms.set(value, callsSomething(value.test as AstNode) ? atLeast(arms, [shownOf(flow)]) : arms);
  } else if (type === "LogicalExpression") {
    context.arms.set(value, atLeast([(right as AstNode).start - 1], [shownOf(flow)]));
  } else context.arms.set(value, used);
  return flow;
}

/** What may have run as often as `flow`, or never. */
function uncounted(flow: Probe): Probe {
  return ifAny(shownOf(flow), never);
}

/** Behind `?.` only what V8's range of the rest of the chain says is certain. */
function chainFlow(context: FlowContext, node: AstNode, flow: Probe): Probe {
  linkFlow(context, node.expression as AstNode, flow);
  return flow;
}

function linkFlow(context: FlowContext, node: AstNode, flow: Probe): boolean {
  const inner = (node.type === "CallExpression" ? node.callee : node.object) as AstNode | undefined;
  if (inner === undefined) {
    expressionFlow(context, node, flow);
    return false;
  }
  const isSkippable = linkFlow(context, inner, flow) || node.optional === true;
  const rest = node.type === "CallExpression" ? (node.arguments as AstNode[]) : [node.property as AstNode];
  for (const part of rest) expressionFlow(context, part, isSkippable ? [part.start] : flow);
  return isSkippable;
}

/** The count behind `await` and `yield`: V8's range begins after a semicolon, if one follows. */
function suspendFlow(context: FlowContext, node: AstNode, flow: Probe): Probe {
  const argument = node.argument as AstNode | null;
  const before = argument ? expressionFlow(context, argument, flow) : flow;
  context.jumps++;
  const at = codeFrom(context.source, node.end);
  const next = context.source[at];
  if (next === ";") return resumedAt(context, at + 1);
  // `await x?y:z`: V8's range would begin where the arm's does, and is dropped.
  const isDropped = at === node.end && /[?:|&]/.test(next ?? "");
  return isDropped ? before : resumedAt(context, node.end);
}

function resumedAt(context: FlowContext, offset: number): Probe {
  context.resumed.push(offset);
  return [offset];
}
