/** The flow through a `switch`. V8 counts how often each case's body is entered, not how often it is tested. */
import type { AstNode } from "../parse-script.ts";
import { expressionFlow } from "./expressions.ts";
import type { FlowContext } from "./flow-context.ts";
import { listFlow } from "./statements.ts";
import { combineTerms, type Probe } from "./terms.ts";

const jumpTypes = new Set(["BreakStatement", "ReturnStatement", "ThrowStatement", "ContinueStatement"]);

export function switchFlow(
  context: FlowContext,
  node: AstNode,
  flow: Probe,
  behind: number | undefined,
): Probe {
  const tested = expressionFlow(context, node.discriminant as AstNode, flow);
  context.breaks.enter(node);
  let reaching: Probe | undefined = tested;
  for (const clause of node.cases as AstNode[]) {
    const test = clause.test as AstNode | null;
    const entry: Probe = [clause.start];
    const body = clause.consequent as AstNode[];
    if (test) expressionFlow(context, test, reaching ?? entry);
    listFlow(context, body, entry);
    reaching = reaching && stillTested(reaching, test, entry, body);
  }
  context.breaks.leave(node);
  return behind === undefined ? flow : [behind];
}

/** How often the next case is tested; undefined where falling through makes that unknown. */
function stillTested(
  reaching: Probe,
  test: AstNode | null,
  entry: Probe,
  body: readonly AstNode[],
): Probe | undefined {
  const last = body.at(-1);
  if (test === null || last === undefined || !jumpTypes.has(last.type)) return undefined;
  return combineTerms(reaching, [], entry);
}
