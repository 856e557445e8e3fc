/** `var`, `let`, `const`, `using`, and what modules export. */
import type { Node, VariableDeclaration, VariableDeclarator } from "acorn";
import type { Count } from "./counters.ts";
import { isFunctionOrClassExpression, nameForWrapped } from "./naming.ts";
import { disposes, visitList } from "./statements.ts";
import type { Visitors, Walk } from "./walk.ts";

/** `place`: -1 in the head of a loop. */
function visitDeclaration(
  node: VariableDeclaration,
  walk: Walk,
  place: number,
  isInBlock = place >= 0,
): void {
  let atStart = walk.here;
  const startCount = (): Count => {
    atStart ??= walk.statementProbe(place);
    return atStart;
  };
  let isFirst = true;
  for (const declarator of node.declarations) {
    walk.hinted(declarator, () => {
      if (declarator.init) {
        const valuePlace = { isFirst, isInBlock, startCount: place < 0 ? undefined : startCount };
        visitInitialValue(declarator, walk, valuePlace);
        isFirst = false;
      }
      if (declarator.id.type !== "Identifier") walk.visit(declarator.id);
      if (disposes(node)) walk.unsure();
    });
  }
}

/** Statements of a `case` or a static block: Istanbul puts no counter before a declaration there. */
export function visitListOutsideBlock(nodes: readonly Node[], walk: Walk): void {
  visitList(nodes, walk, (node) => {
    if (node.type !== "VariableDeclaration") return walk.visit(node);
    walk.hinted(node, () => visitDeclaration(node as VariableDeclaration, walk, node.start, false));
  });
}

interface ValuePlace {
  isInBlock: boolean;
  isFirst: boolean;
  /** How often the whole declaration is reached; undefined where no probe can be put before it. */
  startCount: (() => Count) | undefined;
}

function visitInitialValue(declarator: VariableDeclarator, walk: Walk, place: ValuePlace): void {
  const { id, init } = declarator;
  if (!init) return;
  walk.keepByName(id, init);
  const { isFirst, isInBlock, startCount } = place;
  // Istanbul counts functions and classes before the whole declaration, so that they keep their names.
  if (startCount !== undefined && isInBlock && !isFirst && isFunctionOrClassExpression(init)) {
    const here = walk.here;
    walk.countStatement(init, startCount(), declarator);
    walk.here = here;
  } else {
    const name = id.type === "Identifier" ? nameForWrapped(init, id.name) : undefined;
    const atStart = isFirst ? startCount?.() : undefined;
    walk.countStatement(init, atStart ?? walk.here ?? walk.expressionProbe(init, name), declarator);
  }
  walk.visit(init);
}

export const declarationVisitors: Visitors = {
  VariableDeclaration: (node, walk, place) => visitDeclaration(node, walk, place),
  ImportDeclaration: () => undefined,
  ExportAllDeclaration: () => undefined,
  ExportNamedDeclaration: ({ declaration }, walk, place) => {
    if (declaration) walk.visit(declaration, place);
  },
  ExportDefaultDeclaration: ({ declaration }, walk) => walk.visit(declaration),
};
