/** Functions, arrows and methods: entered anew each time, whatever was known outside. */
import type {
  AnonymousFunctionDeclaration,
  ArrowFunctionExpression,
  Function as FunctionNode,
  Node,
} from "acorn";
import type { Count } from "./counters.ts";
import { visitList } from "./statements.ts";
import type { Visitors, Walk } from "./walk.ts";

type AnyFunction = FunctionNode | AnonymousFunctionDeclaration | ArrowFunctionExpression;

interface FunctionPlace {
  /** The method or property that it is the value of. */
  owner?: Node;
  /** Istanbul has no counter for private methods. */
  isCounted?: boolean;
}

export function visitFunction(node: AnyFunction, walk: Walk, place: FunctionPlace = {}): void {
  const { owner = node, isCounted = true } = place;
  if (node.id) walk.keepByName(node.id, node);
  const reason = walk.keep.get(owner.start);
  const look = () => walk.scopes.within(node, () => visitInside(node, walk, owner, isCounted));
  walk.elsewhere(() => (reason === undefined ? look() : walk.withoutProbes(owner, reason, look)));
}

function visitInside(node: AnyFunction, walk: Walk, owner: Node, isCounted: boolean): void {
  const { params, body } = node;
  for (const parameter of params) {
    walk.unsure();
    walk.visit(parameter);
  }
  walk.unsure();
  const entry = isCounted ? entryProbe(node, walk) : undefined;
  if (entry !== undefined) countFunction(node, owner, walk, entry);
  else walk.found.deferred.push(node);
  if (body.type === "BlockStatement") {
    walk.hinted(body, () => walk.scopes.within(body, () => visitList(body.body, walk)));
  } else {
    // Istanbul sees `=> value` as `=> { return value }`.
    walk.countStatement(body, entry ?? []);
    walk.visit(body);
  }
}

function entryProbe({ body }: AnyFunction, walk: Walk): Count {
  if (body.type !== "BlockStatement") return walk.expressionProbe(body);
  const first = body.body.find(
    (statement) => !("directive" in statement) || statement.directive === undefined,
  );
  if (first !== undefined) return walk.statementProbe(first.start);
  // Behind directives, which may lack their semicolon.
  return body.body.length > 0 ? walk.statementProbe(body.end - 1, ";") : walk.statementProbe(body.start + 1);
}

function countFunction(node: AnyFunction, owner: Node, walk: Walk, count: Count): void {
  const { id, body } = node;
  const { start } = owner;
  const ignored = walk.leavesOutLineOf(start);
  const declaration = id ? { start: id.start, end: id.end } : { start, end: start + 1 };
  walk.found.functions.push({ ...declaration, owner, name: id?.name, body, count, ignored });
}

export const functionVisitors: Visitors = {
  FunctionDeclaration: (node, walk) => visitFunction(node, walk),
  FunctionExpression: (node, walk) => visitFunction(node, walk),
  ArrowFunctionExpression: (node, walk) => visitFunction(node, walk),
};
