/**
 * Puts V8's known wrong ranges right: for every counter the probe at which its count is certain.
 * What is repaired, and what cannot be, is listed in docs/how-combining-works.md.
 */
import type { AstNode } from "../map/parse-script.ts";
import type { FlowContext } from "./flow-context.ts";
import { listFlow } from "./statements.ts";
import type { Probe } from "./terms.ts";

export interface Repairs {
  statement(node: AstNode): Probe | undefined;
  /** The value of a class field. */
  field(node: AstNode): Probe | undefined;
  arm(node: AstNode): Probe | undefined;
  /** The count after an `if`'s test. */
  tested(node: AstNode): Probe | undefined;
}

/** Must see the AST before ast-v8-to-istanbul's walk, which rewrites it. */
export function findRepairs(program: AstNode, source: string): Repairs {
  const context: FlowContext = {
    source,
    statements: new Map(),
    fields: new Map(),
    arms: new Map(),
    tests: new Map(),
    jumps: 0,
    functions: 0,
    exits: [],
  };
  listFlow(context, program.body as AstNode[], [topLevelOffset(program)]);
  return {
    statement: (node) => context.statements.get(node),
    field: (node) => context.fields.get(node),
    arm: (node) => context.arms.get(node),
    tested: (node) => context.tests.get(node),
  };
}

/** The first offset of the top level's own code: a script may begin with a function or a class. */
export function topLevelOffset(program: AstNode): number {
  let offset = 0;
  for (const node of program.body as AstNode[]) {
    const inner = (node.type.startsWith("Export") && (node.declaration as AstNode | null)) || node;
    const isNested = /^(Function|Class)/.test(inner.type);
    if (node.start > offset || inner.start > offset || !isNested) return offset;
    offset = node.end;
  }
  return offset < program.end ? offset : 0;
}
