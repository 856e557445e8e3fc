/** What Istanbul calls a branch, default arguments apart (patterns.ts): `if`, `switch`, `?:`, and `&&`, `||`, `??`. */
import type {
  ConditionalExpression,
  Expression,
  IfStatement,
  LogicalExpression,
  SwitchCase,
  SwitchStatement,
} from "acorn";
import type { BranchArm, Count } from "./counters.ts";
import { visitListOutsideBlock } from "./declarations.ts";
import { countHere, visitArm } from "./statements.ts";
import { isSameCount, type Visitors, type Walk } from "./walk.ts";

function visitIf(node: IfStatement, walk: Walk, place: number): void {
  const hint = walk.hintBefore(node);
  const leftOut = walk.leavesOutLineOf(node.start);
  countHere(node, walk, place);
  walk.visit(node.test);
  const tested = walk.here;
  const beforeArms = walk.inserts.reserve();
  let yes: Count = [];
  ignoring(walk, hint === "if", () => {
    yes = visitArm(node.consequent, walk, true) as Count;
  });
  const endOfYes = walk.here;
  let no: Count = [];
  ignoring(walk, hint === "else", () => {
    if (node.alternate) {
      no = visitArm(node.alternate, walk, true) as Count;
    } else {
      no = walk.elseProbe(node.consequent.end, beforeArms);
      walk.here = no;
    }
  });
  const arms: BranchArm[] = [
    { span: node, count: yes, ignored: leftOut || hint === "if" },
    { span: node.alternate ?? undefined, count: no, ignored: leftOut || hint === "else" },
  ];
  walk.found.branches.push({ type: "if", start: node.start, end: node.end, ignored: leftOut, arms });
  walk.here = rejoin(walk, tested, [yes, endOfYes], [no, walk.here]);
}

function ignoring(walk: Walk, isIgnored: boolean, look: () => void): void {
  const before = walk.ignored;
  walk.ignored ||= isIgnored;
  look();
  walk.ignored = before;
}

type Way = [entry: Count, end: Count | undefined];

/** Behind two ways: as often as before them, where neither can be left on the way. */
function rejoin(walk: Walk, before: Count | undefined, yes: Way, no: Way): Count | undefined {
  const isWhole = ([entry, end]: Way) => isSameCount(entry, end);
  return before !== undefined && isWhole(yes) && isWhole(no) ? before : walk.join(yes[1], no[1]);
}

function visitSwitch(node: SwitchStatement, walk: Walk, place: number): void {
  const leftOut = walk.leavesOutLineOf(node.start);
  countHere(node, walk, place);
  walk.visit(node.discriminant);
  const arms: BranchArm[] = [];
  walk.scopes.within(node, () => {
    for (const one of node.cases) walk.hinted(one, () => arms.push(visitCase(one, walk)));
  });
  walk.found.branches.push({ type: "switch", start: node.start, end: node.end, ignored: leftOut, arms });
  walk.unsure();
}

function visitCase(node: SwitchCase, walk: Walk): BranchArm {
  walk.unsure();
  if (node.test) walk.visit(node.test);
  const count = walk.statementProbe(node.consequent[0]?.start ?? node.end);
  const ignored = walk.leavesOutLineOf(node.start);
  walk.scopes.within(node, () => visitListOutsideBlock(node.consequent, walk));
  return { span: node, count, ignored };
}

function visitConditional(node: ConditionalExpression, walk: Walk): void {
  walk.visit(node.test);
  const tested = walk.here;
  const [yes, endOfYes] = visitConditionalArm(node.consequent, walk);
  const [no, endOfNo] = visitConditionalArm(node.alternate, walk);
  const ignored = walk.leavesOutLineOf(node.start);
  walk.found.branches.push({ type: "cond-expr", start: node.start, end: node.end, ignored, arms: [yes, no] });
  walk.here = rejoin(walk, tested, [yes.count, endOfYes], [no.count, endOfNo]);
}

function visitConditionalArm(node: Expression, walk: Walk): [BranchArm, Count | undefined] {
  const count = walk.expressionProbe(node);
  const arm = { span: node, count, ignored: isLeftOutArm(node, walk) };
  walk.visit(node);
  return [arm, walk.here];
}

/** A comment before an arm leaves out the arm, whatever kind of expression it is. */
function isLeftOutArm(node: Expression, walk: Walk): boolean {
  return walk.leavesOutLineOf(node.start) || walk.hintBefore(node) === "next";
}

function visitLogical(node: LogicalExpression, walk: Walk): void {
  const arms: BranchArm[] = [];
  visitOperands(node, walk, arms, false);
  const ignored = walk.leavesOutLineOf(node.start);
  walk.found.branches.push({ type: "binary-expr", start: node.start, end: node.end, ignored, arms });
}

/** Operands of `&&`, `||` and `??` are one branch, however they are nested. Returns the first one's count. */
function visitOperands(node: Expression, walk: Walk, arms: BranchArm[], isLeftOut: boolean): Count {
  if (node.type !== "LogicalExpression") {
    const count = walk.here ?? walk.expressionProbe(node);
    arms.push({ span: node, count, ignored: isLeftOut || isLeftOutArm(node, walk) });
    walk.visit(node);
    return count;
  }
  const leftOut = isLeftOut || (arms.length > 0 && walk.hintBefore(node) === "next");
  const first = visitOperands(node.left, walk, arms, leftOut);
  const before = walk.here;
  walk.unsure();
  const right = visitOperands(node.right, walk, arms, leftOut);
  // Nothing in the right operand can be left: control comes out as often as out of the left one.
  walk.here = isSameCount(walk.here, right) ? before : undefined;
  return first;
}

export const branchVisitors: Visitors = {
  IfStatement: visitIf,
  SwitchStatement: visitSwitch,
  ConditionalExpression: visitConditional,
  LogicalExpression: visitLogical,
};
