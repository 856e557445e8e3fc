/** Statements in the order in which they are evaluated. */
import type {
  BlockStatement,
  BreakStatement,
  CatchClause,
  ContinueStatement,
  DoWhileStatement,
  ForInStatement,
  ForOfStatement,
  Node,
  ReturnStatement,
  Statement,
  ThrowStatement,
  VariableDeclaration,
} from "acorn";
import type { Count } from "./counters.ts";
import type { Visitors, Walk } from "./walk.ts";

/** Counts a statement that control has come to. */
export function countHere(node: Node, walk: Walk, place: number): Count {
  const count = walk.here ?? walk.statementProbe(place);
  walk.countStatement(node, count);
  return count;
}

/** What is run none, one or many times: begins with a probe of its own. Returns that count where `needed`. */
export function visitArm(node: Statement, walk: Walk, needed: boolean): Count | undefined {
  walk.unsure();
  if (node.type === "BlockStatement") {
    let entry: Count | undefined;
    walk.hinted(node, () => {
      if (needed) walk.statementProbe(startOfList(node));
      entry = walk.here;
      visitBlock(node, walk);
    });
    return entry;
  }
  if (node.type === "EmptyStatement" && !needed) return undefined;
  let entry: Count | undefined;
  walk.inBraces(node, () => {
    if (needed) walk.statementProbe(node.start);
    entry = walk.here;
    walk.visit(node);
  });
  return entry;
}

/** Before a block's first statement, or where it would be. */
function startOfList(block: BlockStatement): number {
  const [first] = block.body;
  return first === undefined || first.type === "FunctionDeclaration" ? block.start + 1 : first.start;
}

/** Whether something is disposed of where its block ends: that may throw or suspend. */
export function disposes(node: Node): boolean {
  return node.type === "VariableDeclaration" && (node as VariableDeclaration).kind.endsWith("using");
}

function visitBlock(block: BlockStatement, walk: Walk): void {
  walk.scopes.within(block, () => visitList(block.body, walk));
  if (block.body.some(disposes)) walk.unsure();
}

/** An identifier `let` that ends its statement only because of what follows: a probe must not become its name. */
const isBareLet = (node: Node | undefined): boolean => {
  const statement = node as Statement | undefined;
  return (
    statement?.type === "ExpressionStatement" &&
    statement.expression.type === "Identifier" &&
    statement.expression.name === "let"
  );
};

export function visitList(
  nodes: readonly Node[],
  walk: Walk,
  visit = (node: Node) => walk.visit(node),
): void {
  for (const [index, node] of nodes.entries()) {
    if (isBareLet(nodes[index - 1])) walk.statementProbe(node.start, ";");
    visit(node);
  }
}

function visitJump(
  node: BreakStatement | ContinueStatement | ReturnStatement | ThrowStatement,
  walk: Walk,
  place: number,
): void {
  countHere(node, walk, place);
  if ("argument" in node && node.argument) walk.visit(node.argument);
  walk.here = [];
}

function visitHandler({ body, param }: CatchClause, walk: Walk): void {
  walk.unsure();
  if (param) walk.visit(param);
  walk.unsure();
  walk.visit(body);
}

function visitForEach(node: ForInStatement | ForOfStatement, walk: Walk, place: number): void {
  countHere(node, walk, place);
  walk.scopes.within(node, () => {
    walk.visit(node.right);
    walk.unsure();
    walk.visit(node.left, -1);
    visitArm(node.body, walk, false);
  });
  walk.unsure();
}

function visitDoWhile(node: DoWhileStatement, walk: Walk, place: number): void {
  countHere(node, walk, place);
  visitArm(node.body, walk, false);
  walk.unsure();
  walk.visit(node.test);
  walk.unsure();
}

export const statementVisitors: Visitors = {
  EmptyStatement: () => undefined,
  BlockStatement: visitBlock,
  ExpressionStatement: (node, walk, place) => {
    if (node.directive !== undefined) return;
    countHere(node, walk, place);
    walk.visit(node.expression);
  },
  DebuggerStatement: (node, walk, place) => {
    countHere(node, walk, place);
  },
  BreakStatement: visitJump,
  ContinueStatement: visitJump,
  ReturnStatement: visitJump,
  ThrowStatement: visitJump,
  ForInStatement: visitForEach,
  ForOfStatement: visitForEach,
  DoWhileStatement: visitDoWhile,
  WhileStatement: (node, walk, place) => {
    countHere(node, walk, place);
    walk.unsure();
    walk.visit(node.test);
    visitArm(node.body, walk, false);
    walk.unsure();
  },
  ForStatement: (node, walk, place) => {
    countHere(node, walk, place);
    walk.scopes.within(node, () => {
      if (node.init) walk.visit(node.init, -1);
      walk.unsure();
      if (node.test) walk.visit(node.test);
      visitArm(node.body, walk, false);
      walk.unsure();
      if (node.update) walk.visit(node.update);
    });
    walk.unsure();
  },
  LabeledStatement: (node, walk, place) => {
    countHere(node, walk, place);
    walk.visit(node.body, place);
    walk.unsure();
  },
  WithStatement: (node, walk, place) => {
    countHere(node, walk, place);
    walk.visit(node.object);
    walk.withoutProbes(node.body, "with-statement", () => visitArm(node.body, walk, false));
  },
  TryStatement: (node, walk, place) => {
    countHere(node, walk, place);
    walk.visit(node.block);
    if (node.handler) {
      walk.scopes.within(node.handler, () => visitHandler(node.handler as CatchClause, walk));
    }
    walk.unsure();
    if (node.finalizer) walk.visit(node.finalizer);
    walk.unsure();
  },
};
