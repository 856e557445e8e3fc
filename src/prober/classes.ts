/** Classes: keys and static parts run when the class is made, fields when an object is. */
import type {
  AnonymousClassDeclaration,
  AnyNode,
  Class,
  MethodDefinition,
  PropertyDefinition,
  StaticBlock,
} from "acorn";
import { visitListOutsideBlock } from "./declarations.ts";
import { visitFunction } from "./functions.ts";
import { nameForWrapped } from "./naming.ts";
import type { Visitors, Walk } from "./walk.ts";

type Member = MethodDefinition | PropertyDefinition | StaticBlock;
type AnyClass = Class | AnonymousClassDeclaration;

function visitClass(node: AnyClass, walk: Walk): void {
  const members = node.body.body as Member[];
  if (node.superClass) {
    walk.visit(node.superClass);
    walk.unsure();
  }
  for (const member of members) {
    if (member.type === "StaticBlock" || !member.computed) continue;
    walk.hinted(member, () => walk.visit(member.key));
    walk.unsure();
  }
  walk.scopes.within(node as Extract<AnyNode, Class>, () => {
    for (const member of members) if (member.type === "MethodDefinition") visitMethod(member, walk);
    walk.elsewhere(() => visitInstanceFields(node, members, walk));
    visitStaticParts(members, walk);
  });
}

function visitMethod(member: MethodDefinition, walk: Walk): void {
  const isCounted = member.key.type !== "PrivateIdentifier";
  walk.keepByName(member.key, member);
  walk.hinted(member, () => visitFunction(member.value, walk, { owner: member, isCounted }));
}

function visitInstanceFields(node: AnyClass, members: readonly Member[], walk: Walk): void {
  for (const member of members) {
    if (member.type !== "PropertyDefinition" || member.static) continue;
    walk.hinted(member, () => visitField(member, walk));
    if (member.value) walk.found.deferred.push(member.value);
    // A base class may have returned an object that takes no more fields.
    if (node.superClass) walk.unsure();
  }
}

function visitStaticParts(members: readonly Member[], walk: Walk): void {
  for (const member of members) {
    if (member.type === "StaticBlock") {
      walk.unsure();
      walk.scopes.within(member, () => visitListOutsideBlock(member.body, walk));
      walk.unsure();
    } else if (member.type === "PropertyDefinition" && member.static) {
      walk.hinted(member, () => visitField(member, walk));
    }
  }
}

function visitField(member: PropertyDefinition, walk: Walk): void {
  const { value } = member;
  if (!value) return;
  walk.keepByName(member.key, value);
  const name = fieldName(member);
  const isNamedByKey = nameForWrapped(value, "") !== undefined;
  if (walk.here !== undefined || !isNamedByKey || name !== undefined) {
    const count = walk.here ?? walk.expressionProbe(value, nameForWrapped(value, name ?? ""));
    walk.countStatement(value, count, member);
  } else if (member.static) {
    walk.countStatement(value, walk.staticProbe(member.start), member);
  } else {
    walk.countWithoutProbe(value, "computed-field-name", member);
  }
  walk.visit(value);
}

/** The name that a function in this field has; undefined where it is computed. */
function fieldName({ computed, key }: PropertyDefinition): string | undefined {
  if (computed) return undefined;
  if (key.type === "PrivateIdentifier") return `#${key.name}`;
  if (key.type === "Identifier") return key.name;
  return key.type === "Literal" ? String(key.value) : undefined;
}

export const classVisitors: Visitors = {
  ClassDeclaration: (node, walk) => visitClass(node, walk),
  ClassExpression: (node, walk) => visitClass(node, walk),
};
