/**
 * The count of each statement along the control flow. V8 puts a counter behind every `if`, loop, `switch`, `try`,
 * block and jump, its range reaching to the next block only: so the count of what follows is read where that range
 * begins, and otherwise is what it was before. Behind the last statement of a block or function, and where several
 * would begin at one place, V8 drops all but the outermost (`SourceRangeAstVisitor`).
 * https://v8.dev/blog/javascript-code-coverage#block-coverage
 */
import type { AstNode } from "../parse-script.ts";
import { codeFrom } from "./code-from.ts";
import { expressionFlow } from "./expressions.ts";
import { bodyEntry, type FlowContext } from "./flow-context.ts";
import { ifFlow } from "./if.ts";
import { loopFlow } from "./loops.ts";
import { switchFlow } from "./switch.ts";
import { combineTerms, never, type Probe } from "./terms.ts";

/**
 * Notes the probe of `node` and of all in it; returns the flow behind it. `behind`: where V8's counter behind it is
 * read; undefined where V8 has none: then what comes out is at most the flow that is returned.
 */
export function statementFlow(
  context: FlowContext,
  node: AstNode,
  flow: Probe,
  behind: number | undefined,
): Probe {
  context.statements.set(node, flow);
  const special = specialFlows[node.type];
  return special === undefined ? expressionFlow(context, node, flow) : special(context, node, flow, behind);
}

export function listFlow(context: FlowContext, nodes: readonly AstNode[], flow: Probe): Probe {
  let current = flow;
  for (const [index, node] of nodes.entries()) {
    const isLast = index === nodes.length - 1;
    current = statementFlow(context, node, current, isLast ? undefined : offsetBehind(nodes, index));
    // `function f(){}b()`: the offset that the flow is read at may be the nested function's first.
    if (isFunctionLike(node) && current.length === 1 && current[0] === node.start) current = [node.end];
  }
  return current;
}

/** `if(a)return;function f(){}b()`: behind the jump a nested function begins, which has a count of its own. */
function offsetBehind(nodes: readonly AstNode[], index: number): number {
  let offset = (nodes[index] as AstNode).end;
  for (let next = index + 1; next < nodes.length; next++) {
    const { start, end } = nodes[next] as AstNode;
    if (start !== offset || !isFunctionLike(nodes[next] as AstNode)) break;
    offset = end;
  }
  return offset;
}

function isFunctionLike({ type }: AstNode): boolean {
  return type === "FunctionDeclaration" || type === "ClassDeclaration";
}

export type StatementFlow = (
  context: FlowContext,
  node: AstNode,
  flow: Probe,
  behind: number | undefined,
) => Probe;

const specialFlows: Record<string, StatementFlow | undefined> = {
  BlockStatement: (context, node, flow, behind) => {
    const after = listFlow(context, node.body as AstNode[], flow);
    return behind === undefined ? after : [behind];
  },
  IfStatement: ifFlow,
  ForStatement: loopFlow,
  ForInStatement: loopFlow,
  ForOfStatement: loopFlow,
  WhileStatement: loopFlow,
  DoWhileStatement: loopFlow,
  SwitchStatement: switchFlow,
  TryStatement: tryFlow,
  LabeledStatement: labelledFlow,
  ReturnStatement: jumpFlow,
  ThrowStatement: jumpFlow,
  BreakStatement: (context, node, flow, behind) => {
    context.breaks.add(node, flow);
    return jumpFlow(context, node, flow, behind);
  },
  ContinueStatement: jumpFlow,
};

function labelledFlow(context: FlowContext, node: AstNode, flow: Probe, behind: number | undefined): Probe {
  const body = node.body as AstNode;
  context.breaks.label(node);
  if (body.type !== "TryStatement") {
    const after = statementFlow(context, body, flow, behind);
    return behind === undefined ? flow : after;
  }
  // A `break` that names a `try` passes V8's counter behind it.
  const breaks = context.breaks.enter(body);
  const after = statementFlow(context, body, flow, behind);
  context.breaks.leave(body);
  return behind === undefined ? flow : breaks.reduce((sum, one) => combineTerms(sum, one), after);
}

function jumpFlow(context: FlowContext, node: AstNode, flow: Probe, behind: number | undefined): Probe {
  const argument = node.argument as AstNode | null | undefined;
  if (argument) expressionFlow(context, argument, flow);
  context.jumps++;
  return behind === undefined ? never : [behind];
}

function tryFlow(context: FlowContext, node: AstNode, flow: Probe, behind: number | undefined): Probe {
  const { block, handler, finalizer } = node as unknown as Record<string, AstNode | null>;
  listFlow(context, (block as AstNode).body as AstNode[], flow);
  if (handler) {
    const caught = handler.body as AstNode;
    if (handler.param) expressionFlow(context, handler.param as AstNode, bodyEntry(caught));
    listFlow(context, caught.body as AstNode[], bodyEntry(caught));
  }
  if (finalizer) listFlow(context, finalizer.body as AstNode[], bodyEntry(finalizer));
  return behind === undefined ? flow : [behind];
}

/** `node`: the next statement of a script's top level, of which the ones behind it are not known yet. */
export function topLevelFlow(context: FlowContext, node: AstNode, flow: Probe): Probe {
  const { source } = context;
  const next = codeFrom(source, node.end);
  const isShared = next === node.end && /^(?:async|class|function)\b/.test(source.slice(next, next + 9));
  const after = statementFlow(context, node, flow, next === source.length || isShared ? undefined : node.end);
  return isFunctionLike(node) && after.length === 1 && after[0] === node.start ? [node.end] : after;
}
