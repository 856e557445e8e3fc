/** Destructuring: targets, defaults and computed keys of parameters, declarations and assignments. */
import type { AssignmentPattern, AssignmentProperty } from "acorn";
import { nameForWrapped } from "./naming.ts";
import type { Visitors, Walk } from "./walk.ts";

function visitDefault(node: AssignmentPattern, walk: Walk): void {
  walk.unsure();
  const name = node.left.type === "Identifier" ? nameForWrapped(node.right, node.left.name) : undefined;
  const count = walk.expressionProbe(node.right, name);
  const ignored = walk.leavesOutLineOf(node.start);
  const arms = [{ span: node.right, count, ignored }];
  walk.found.branches.push({ type: "default-arg", start: node.start, end: node.end, ignored, arms });
  walk.visit(node.right);
  walk.unsure();
  walk.visit(node.left);
  walk.unsure();
}

export const patternVisitors: Visitors = {
  AssignmentPattern: visitDefault,
  ObjectPattern: ({ properties }, walk) => {
    for (const property of properties) {
      walk.unsure();
      if (property.type === "RestElement") walk.visit(property.argument);
      else visitProperty(property, walk);
    }
    walk.unsure();
  },
  ArrayPattern: ({ elements }, walk) => {
    for (const element of elements) {
      walk.unsure();
      if (element !== null) walk.visit(element);
    }
    walk.unsure();
  },
  RestElement: ({ argument }, walk) => walk.visit(argument),
};

function visitProperty(property: AssignmentProperty, walk: Walk): void {
  if (property.computed) {
    walk.visit(property.key);
    walk.unsure();
  }
  walk.visit(property.value);
}
