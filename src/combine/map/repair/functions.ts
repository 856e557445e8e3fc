/**
 * The flow through a function. V8 counts its calls: a generator's body may begin later or never, and none begins
 * whose parameters threw. Then only a counter inside tells that the body began.
 */
import type { AstNode } from "../parse-script.ts";
import { expressionFlow } from "./expressions.ts";
import { bodyEntry, type FlowContext } from "./flow-context.ts";
import { listFlow } from "./statements.ts";
import { ifAny, never, type Probe } from "./terms.ts";
import { mayThrow } from "./throws.ts";

export function functionFlow(context: FlowContext, node: AstNode, flow: Probe): Probe {
  const { jumps, resumed, unsure } = context;
  context.functions++;
  context.resumed = [];
  const calls: Probe = [node.start];
  const parameters = node.params as AstNode[];
  for (const parameter of parameters) expressionFlow(context, parameter, calls);
  // Whoever passes on the list itself passes on the doubt that is added below; who adds to it has a copy without.
  const entered = [...calls];
  const body = node.body as AstNode;
  const isGenerator = node.generator === true;
  context.unsure = isGenerator || parameters.some(mayThrow) ? entered : undefined;
  if (body.type === "BlockStatement") listFlow(context, body.body as AstNode[], entered);
  else {
    context.statements.set(node, entered);
    expressionFlow(context, body, entered);
  }
  const inside = countersInside(body);
  if (isGenerator || (inside.length > 0 && context.unsure !== undefined)) {
    const resumptions = isGenerator ? context.resumed : never;
    entered.push(...ifAny(never, [...inside, ...resumptions].slice(0, maxWitnesses)));
    context.entries.set(node, entered);
  }
  context.jumps = jumps;
  context.resumed = resumed;
  context.unsure = unsure;
  return flow;
}

const maxWitnesses = 12;

/** Counters of which one has hits whenever the body began and did not throw before: of the first branch that it has. */
function countersInside(body: AstNode): Probe {
  if (body.type !== "BlockStatement") return countersOf(body, undefined);
  const statements = body.body as AstNode[];
  for (const [index, statement] of statements.entries()) {
    const counters = countersOf(statement, index < statements.length - 1 ? statement.end : undefined);
    if (counters.length > 0) return counters;
  }
  return never;
}

/** `behind`: where V8's counter behind it is read, if it has one. None: they do not tell. */
function countersOf(node: AstNode, behind: number | undefined): Probe {
  const { consequent, alternate, test } = node as unknown as Record<string, AstNode | null>;
  switch (node.type) {
    case "ConditionalExpression":
      return [(consequent as AstNode).start - 1, (alternate as AstNode).start - 1];
    case "IfStatement": {
      const otherwise = alternate ? bodyEntry(alternate) : behind === undefined ? never : [behind];
      return otherwise.length === 0 ? never : [...bodyEntry(consequent as AstNode), ...otherwise];
    }
    case "DoWhileStatement":
      return bodyEntry(node.body as AstNode);
    case "ForStatement":
    case "ForInStatement":
    case "ForOfStatement":
    case "WhileStatement": {
      const isEndless = node.type !== "ForInStatement" && node.type !== "ForOfStatement" && isTrue(test);
      if (behind === undefined && !isEndless) return never;
      return [...bodyEntry(node.body as AstNode), ...(behind === undefined ? [] : [behind])];
    }
    case "LabeledStatement":
      return countersOf(node.body as AstNode, behind);
    case "ReturnStatement":
      return node.argument ? countersOf(node.argument as AstNode, undefined) : never;
    case "ExpressionStatement":
      return countersOf(node.expression as AstNode, undefined);
    case "VariableDeclaration": {
      const [first] = node.declarations as AstNode[];
      return first?.init ? countersOf(first.init as AstNode, undefined) : never;
    }
    default:
      return never;
  }
}

function isTrue(test: AstNode | null | undefined): boolean {
  return !test || test.value === true;
}
