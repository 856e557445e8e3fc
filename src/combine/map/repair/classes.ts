/**
 * Fields of classes. V8 runs the initialisers of all instance fields as one function, those of all static
 * elements as another, and every version gives them other ranges: Node.js 20 the whole class and from the last
 * static field on, 22 both the class's body, 24 from the first of their kind to the last.
 */
import { twinOffset } from "../../fold/script-counts.ts";
import { type AstNode, isNode } from "../parse-script.ts";
import { expressionFlow } from "./expressions.ts";
import type { FlowContext } from "./flow-context.ts";
import { listFlow } from "./statements.ts";
import type { Probe } from "./terms.ts";

export function classFlow(context: FlowContext, node: AstNode, flow: Probe): Probe {
  let current = flow;
  if (node.superClass) current = expressionFlow(context, node.superClass as AstNode, current);
  const body = node.body as AstNode;
  if ((body.body as AstNode[]).some(isInitialised)) context.functions++;
  const entries = initialiserEntries(body, context.source.length);
  for (const member of body.body as AstNode[]) {
    if (member.computed === true) current = expressionFlow(context, member.key as AstNode, current);
    const { jumps } = context;
    const entry = isStatic(member) ? entries.static : entries.instance;
    if (member.type === "StaticBlock") listFlow(context, member.body as AstNode[], entry);
    else if (isNode(member.value)) {
      if (member.type === "PropertyDefinition") context.fields.set(member.value, entry);
      expressionFlow(context, member.value, entry);
    }
    context.jumps = jumps;
  }
  return current;
}

function isStatic(member: AstNode): boolean {
  return member.static === true || member.type === "StaticBlock";
}

/** V8 makes a function for them. */
function isInitialised({ type }: AstNode): boolean {
  return type === "PropertyDefinition" || type === "StaticBlock";
}

/** Where both initialisers are read in all versions. */
function initialiserEntries(body: AstNode, length: number): { instance: Probe; static: Probe } {
  const fields = (body.body as AstNode[]).filter(isInitialised);
  const instance = fields.filter((member) => !isStatic(member));
  const statics = fields.filter(isStatic);
  const [firstInstance, firstStatic] = [instance[0], statics[0]];
  if (firstStatic === undefined) return { instance: [firstInstance?.start ?? body.start], static: [] };
  if (firstInstance === undefined) return { instance: [], static: [lastField(statics).start] };
  const last = lastField(statics);
  // On Node.js 24 `static s; x; static t; y`: at `t` the instance fields' range is the inner one.
  const isCrossed = last.start > firstInstance.start && last.start < (instance.at(-1) as AstNode).start;
  return {
    instance: [firstInstance.start, twinOffset(length, body.start)],
    static: [isCrossed ? firstStatic.start : last.start],
  };
}

/** Node.js 20 begins the static elements' range with the last field. */
function lastField(statics: readonly AstNode[]): AstNode {
  return statics.findLast(({ type }) => type === "PropertyDefinition") ?? (statics[0] as AstNode);
}
