/** The flow through loops. */
import type { AstNode } from "../parse-script.ts";
import { expressionFlow } from "./expressions.ts";
import { bodyEntry, type FlowContext } from "./flow-context.ts";
import { statementFlow } from "./statements.ts";
import { combineTerms, ifAny, never, type Probe, sumOf } from "./terms.ts";
import { callsSomething } from "./throws.ts";

export function loopFlow(
  context: FlowContext,
  node: AstNode,
  flow: Probe,
  behind: number | undefined,
): Probe {
  const { init, left, right, test, update } = node as unknown as Record<string, AstNode | null>;
  const { functions } = context;
  let entered = flow;
  for (const head of [init, right]) {
    if (head) entered = expressionFlow(context, head, entered);
  }
  const body = node.body as AstNode;
  const entry = bodyEntry(body);
  if (left) expressionFlow(context, left, entry);
  const breaks = context.breaks.enter(node);
  const before = context.jumps;
  statementFlow(context, body, entry, undefined);
  context.breaks.leave(node);
  const isRewritten = isLexical(init) && context.functions > functions;
  const after = behind === undefined ? undefined : flowBehind(node, entered, behind, isRewritten);
  if (test) {
    const isPlain = context.jumps === before;
    const started = startedTests({ node, entered, entry, after, breaks, isPlain });
    expressionFlow(context, test, started.flow);
    if (started.first !== undefined) context.arms.set(firstOperand(test), started.first);
  }
  if (update) expressionFlow(context, update, context.jumps === before ? entry : [update.start]);
  return after ?? entered;
}

/** V8 rewrites `for (let …)` where there is a function inside, which may capture the variable. */
function isLexical(init: AstNode | null | undefined): boolean {
  return init?.type === "VariableDeclaration" && init.kind !== "var";
}

function flowBehind(node: AstNode, entered: Probe, behind: number, isRewritten: boolean): Probe {
  const body = node.body as AstNode;
  if (node.type === "DoWhileStatement") return [body.end];
  // V8 then counts each turn that came to its end: what goes in, less the turns that did not, comes out.
  return isRewritten ? (sumOf(entered, [behind], bodyEntry(body)) ?? entered) : [behind];
}

interface LoopFlows {
  node: AstNode;
  entered: Probe;
  entry: Probe;
  after: Probe | undefined;
  breaks: readonly Probe[];
  isPlain: boolean;
}

/**
 * How often the test began: with each turn, and once more for what came out by no `break`. Where it threw it is
 * missing in that: then the operand that it begins with is only known to have run where that or the next one did.
 */
function startedTests({ node, entered, entry, after, breaks, isPlain }: LoopFlows): {
  flow: Probe;
  first?: Probe;
} {
  const test = node.test as AstNode;
  const isDo = node.type === "DoWhileStatement";
  const most = isDo ? entry : combineTerms(entered, entry);
  if (after === undefined) return { flow: isPlain ? most : [test.start] };
  let least = sumOf(entry, after, isDo ? entered : never);
  for (const one of breaks) least = least && sumOf(least, never, one);
  if (least === undefined) return { flow: most };
  if (!callsSomething(test)) return { flow: least };
  const second = test.type === "LogicalExpression" ? [(test.right as AstNode).start - 1] : never;
  return { flow: most, first: ifAny(most, combineTerms(least, second)) };
}

function firstOperand(test: AstNode): AstNode {
  return test.type === "LogicalExpression" ? firstOperand(test.left as AstNode) : test;
}
