/** Expressions in the order in which they are evaluated, and which of them may throw or suspend. */
import type {
  AssignmentExpression,
  BinaryExpression,
  CallExpression,
  MemberExpression,
  NewExpression,
  ObjectExpression,
} from "acorn";
import { visitFunction } from "./functions.ts";
import { takenAsText } from "./text-functions.ts";
import { isPrimitive } from "./throwing.ts";
import type { Visitors, Walk } from "./walk.ts";

const nothing = (): void => undefined;

function visitMember(node: MemberExpression, walk: Walk): void {
  walk.visit(node.object);
  if (node.optional) walk.unsure();
  if (node.computed) walk.visit(node.property);
  walk.unsure();
}

function visitCall(node: CallExpression | NewExpression, walk: Walk): void {
  if (node.type === "CallExpression") {
    walk.leaveTaken(takenAsText(node), node);
    walk.leaveExportGetters(node);
  }
  walk.visit(node.callee);
  if ("optional" in node && node.optional) walk.unsure();
  walk.visitAll(node.arguments);
  walk.unsure();
}

function visitBinary(node: BinaryExpression, walk: Walk): void {
  const { left, operator, right } = node;
  walk.leaveTaken(takenAsText(node), node);
  if (left.type !== "PrivateIdentifier") walk.visit(left);
  walk.visit(right);
  if (operator === "===" || operator === "!==") return;
  const isSafe = operator !== "in" && operator !== "instanceof" && isPrimitive(left) && isPrimitive(right);
  if (!isSafe) walk.unsure();
}

function visitAssignment({ left, operator, right }: AssignmentExpression, walk: Walk): void {
  if (operator === "=" && left.type !== "MemberExpression") {
    walk.keepByName(left, right);
    walk.visit(right);
    if (left.type !== "Identifier") walk.visit(left);
    if (left.type !== "Identifier" || walk.scopes.mayThrowWhenWritten(left)) walk.unsure();
    return;
  }
  if (left.type === "MemberExpression") walk.keepByName(left.property, right);
  if (left.type === "MemberExpression" && operator === "=") visitTarget(left, walk);
  else walk.visit(left);
  const isConditional = operator === "&&=" || operator === "||=" || operator === "??=";
  if (isConditional) walk.unsure();
  walk.visit(right);
  walk.unsure();
}

/** A member that is only written: what may throw comes behind the value. */
function visitTarget({ object, computed, property }: MemberExpression, walk: Walk): void {
  walk.visit(object);
  if (computed) walk.visit(property);
}

function visitObject({ properties }: ObjectExpression, walk: Walk): void {
  for (const property of properties) {
    walk.hinted(property, () => {
      if (property.type === "SpreadElement") return walk.visit(property);
      if (property.computed) {
        walk.visit(property.key);
        walk.unsure();
      }
      const { value } = property;
      walk.keepByName(property.key, property);
      walk.keepByName(property.key, value);
      const isMethod = property.method || property.kind !== "init";
      if (isMethod && value.type === "FunctionExpression") visitFunction(value, walk, { owner: property });
      else walk.visit(value);
    });
  }
}

export const expressionVisitors: Visitors = {
  Literal: nothing,
  ThisExpression: nothing,
  Super: nothing,
  MetaProperty: nothing,
  PrivateIdentifier: nothing,
  TemplateElement: nothing,
  Identifier: (node, walk) => {
    if (walk.scopes.mayThrowWhenRead(node)) walk.unsure();
  },
  ArrayExpression: ({ elements }, walk) => walk.visitAll(elements),
  ObjectExpression: visitObject,
  SequenceExpression: ({ expressions }, walk) => walk.visitAll(expressions),
  ParenthesizedExpression: ({ expression }, walk) => walk.visit(expression),
  MemberExpression: visitMember,
  CallExpression: visitCall,
  NewExpression: visitCall,
  ChainExpression: ({ expression }, walk) => {
    walk.visit(expression);
    walk.unsure();
  },
  BinaryExpression: visitBinary,
  AssignmentExpression: visitAssignment,
  UnaryExpression: ({ operator, argument }, walk) => {
    const here = walk.here;
    walk.visit(argument);
    if (operator === "typeof" && argument.type === "Identifier") {
      walk.here = walk.scopes.mayThrowInTypeof(argument) ? undefined : here;
    } else if (!(operator === "!" || operator === "void" || operator === "typeof" || isPrimitive(argument)))
      walk.unsure();
  },
  UpdateExpression: ({ argument }, walk) => {
    walk.visit(argument);
    walk.unsure();
  },
  TemplateLiteral: (node, walk) => {
    const { expressions } = node;
    walk.leaveTaken(takenAsText(node), node);
    walk.visitAll(expressions);
    if (!expressions.every(isPrimitive)) walk.unsure();
  },
  TaggedTemplateExpression: ({ tag, quasi }, walk) => {
    walk.visit(tag);
    walk.visitAll(quasi.expressions);
    walk.unsure();
  },
  ImportExpression: (node, walk) => {
    walk.visit(node.source);
    if (node.options) walk.visit(node.options);
    walk.unsure();
  },
  AwaitExpression: ({ argument }, walk) => {
    walk.visit(argument);
    walk.unsure();
  },
  YieldExpression: ({ argument }, walk) => {
    if (argument) walk.visit(argument);
    walk.unsure();
  },
  SpreadElement: ({ argument }, walk) => {
    walk.visit(argument);
    walk.unsure();
  },
};
