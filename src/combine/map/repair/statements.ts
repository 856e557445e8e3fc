/**
 * The count of each statement along the control flow. V8 puts a counter behind statements that can jump, its
 * range reaching to the next block only: so the count of what follows is read where that range begins, and
 * otherwise is what it was before. https://v8.dev/blog/javascript-code-coverage#block-coverage
 */
import type { AstNode } from "../parse-script.ts";
import { expressionFlow } from "./expressions.ts";
import { bodyEntry, type FlowContext } from "./flow-context.ts";
import { switchFlow } from "./switch.ts";
import { combineTerms, type Probe } from "./terms.ts";

/** Notes the probe of `node` and of all in it; returns the flow behind it. */
export function statementFlow(context: FlowContext, node: AstNode, flow: Probe): Probe {
  context.statements.set(node, flow);
  const before = context.jumps;
  const special = specialFlows[node.type];
  if (special === undefined) return expressionFlow(context, node, flow);
  const after = special(context, node, flow);
  return context.jumps === before && node.type !== "TryStatement" ? flow : after;
}

export function listFlow(context: FlowContext, nodes: readonly AstNode[], flow: Probe): Probe {
  let current = flow;
  for (const node of nodes) {
    const isNested = node.type === "FunctionDeclaration" || node.type === "ClassDeclaration";
    current = statementFlow(context, node, current);
    // `if(a)return;function f(){}b()`: the offset behind the jump is the nested function's first.
    if (isNested && current.length === 1 && current[0] === node.start) current = [node.end];
  }
  return current;
}

type StatementFlow = (context: FlowContext, node: AstNode, flow: Probe) => Probe;

const specialFlows: Record<string, StatementFlow | undefined> = {
  BlockStatement: (context, node, flow) => {
    listFlow(context, node.body as AstNode[], flow);
    return [node.end];
  },
  IfStatement: ifFlow,
  ForStatement: loopFlow,
  ForInStatement: loopFlow,
  ForOfStatement: loopFlow,
  WhileStatement: loopFlow,
  DoWhileStatement: loopFlow,
  SwitchStatement: switchFlow,
  TryStatement: tryFlow,
  LabeledStatement: (context, node, flow) => {
    statementFlow(context, node.body as AstNode, flow);
    return [node.end];
  },
  ReturnStatement: jumpFlow,
  ThrowStatement: jumpFlow,
  BreakStatement: jumpFlow,
  ContinueStatement: jumpFlow,
};

function jumpFlow(context: FlowContext, node: AstNode, flow: Probe): Probe {
  const argument = node.argument as AstNode | null | undefined;
  if (argument) expressionFlow(context, argument, flow);
  context.jumps++;
  if (argument !== undefined) context.exits.push(flow);
  return [node.end];
}

function ifFlow(context: FlowContext, node: AstNode, flow: Probe): Probe {
  const tested = expressionFlow(context, node.test as AstNode, flow);
  context.tests.set(node, tested);
  for (const arm of [node.consequent, node.alternate] as (AstNode | null)[]) {
    if (!arm) continue;
    const entry = bodyEntry(arm);
    context.arms.set(arm, entry);
    statementFlow(context, arm, entry);
  }
  return [node.end];
}

/**
 * V8 rewrites `for (let …)` whose variable a closure captures, and then counts the code behind it as often as
 * the body: what goes in and does not return comes out.
 */
function loopFlow(context: FlowContext, node: AstNode, flow: Probe): Probe {
  const { init, left, right, test, update, body } = node as unknown as Record<string, AstNode | null>;
  if (node.await === true) context.jumps++;
  let entered = flow;
  for (const head of [init, right]) {
    if (head) entered = expressionFlow(context, head, entered);
  }
  if (left) expressionFlow(context, left, bodyEntry(body as AstNode));
  const before = context.jumps;
  const { functions, exits } = context;
  const exitsBefore = exits.length;
  const entry = bodyEntry(body as AstNode);
  statementFlow(context, body as AstNode, entry);
  const isPlain = context.jumps === before;
  if (test) {
    const again = node.type === "DoWhileStatement" ? entry : combineTerms(entered, entry);
    expressionFlow(context, test, isPlain ? again : [test.start]);
  }
  if (update) expressionFlow(context, update, isPlain ? entry : [update.start]);
  const isRewritten = node.type === "ForStatement" && init?.kind === "let" && context.functions > functions;
  return isRewritten
    ? exits.slice(exitsBefore).reduce((rest, exit) => combineTerms(rest, [], exit), entered)
    : [node.end];
}

function tryFlow(context: FlowContext, node: AstNode, flow: Probe): Probe {
  const { block, handler, finalizer } = node as unknown as Record<string, AstNode | null>;
  const exits = context.exits.length;
  listFlow(context, (block as AstNode).body as AstNode[], flow);
  if (handler) {
    // What is thrown here may be caught here.
    context.exits.length = exits;
    const caught = handler.body as AstNode;
    if (handler.param) expressionFlow(context, handler.param as AstNode, bodyEntry(caught));
    listFlow(context, caught.body as AstNode[], bodyEntry(caught));
  }
  if (finalizer) listFlow(context, finalizer.body as AstNode[], bodyEntry(finalizer));
  return [node.end];
}
