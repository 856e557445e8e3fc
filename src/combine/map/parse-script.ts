/** From a script's source to its statements' ASTs, as V8 accepted it: module or classic script. */
import { type Comment, type Options, Parser } from "acorn";

/** An ESTree node as acorn makes it; children are found by walking its own keys. */
export interface AstNode {
  type: string;
  start: number;
  end: number;
  [key: string]: unknown;
}

export interface StatementVisitor {
  /** One top-level statement; `comments`: all up to its end. */
  statement(node: AstNode, comments: readonly Comment[]): void;
  /** After the last one. */
  end(comments: readonly Comment[]): void;
}

/**
 * Parses statement by statement: a bundle's whole AST would take fifty times its source's memory. `start` makes
 * a visitor for each attempt. Throws a SyntaxError where neither goal accepts the source.
 */
export function parseStatements<T extends StatementVisitor>(
  source: string,
  start: () => T,
  maxNodes = Number.POSITIVE_INFINITY,
): T {
  try {
    return parseAs(source, "module", start(), maxNodes);
  } catch (asModule) {
    if (!(asModule instanceof SyntaxError)) throw asModule;
    try {
      return parseAs(source, "script", start(), maxNodes);
    } catch (error) {
      throw error instanceof SyntaxError ? asModule : error;
    }
  }
}

/** The source has more code than it is worth: see `mostNodes`. */
export class TooMuchCode extends Error {}

function parseAs<T extends StatementVisitor>(
  source: string,
  sourceType: "module" | "script",
  visitor: T,
  maxNodes: number,
): T {
  const comments: Comment[] = [];
  const options: Options = {
    ecmaVersion: "latest",
    sourceType,
    allowHashBang: true,
    allowReturnOutsideFunction: true,
    allowAwaitOutsideFunction: true,
    onComment: comments,
  };
  const visit = (node: AstNode) => visitor.statement(node, comments);
  new StatementParser(options, source, visit, maxNodes).parse();
  visitor.end(comments);
  return visitor;
}

/** What acorn's own `parseTopLevel` uses (https://github.com/acornjs/acorn, statement.js). */
interface AcornInternals {
  type: unknown;
  parseStatement(context: null, topLevel: boolean, exports: object): AstNode;
  next(): void;
  finishNode(node: AstNode, type: string): AstNode;
}

class StatementParser extends Parser {
  readonly #visit: (node: AstNode) => void;
  #nodesLeft: number;

  constructor(options: Options, source: string, visit: (node: AstNode) => void, maxNodes: number) {
    super(options, source);
    this.#visit = visit;
    this.#nodesLeft = maxNodes;
  }

  startNodeAt(...place: unknown[]): AstNode {
    this.#count();
    return (super["startNodeAt" as never] as (...place: unknown[]) => AstNode).apply(this, place);
  }

  startNode(): AstNode {
    this.#count();
    return (super["startNode" as never] as () => AstNode).apply(this);
  }

  #count(): void {
    if (--this.#nodesLeft < 0) throw new TooMuchCode("too many nodes");
  }

  parseTopLevel(program: AstNode): AstNode {
    const acorn = this as unknown as AcornInternals;
    const exports = Object.create(null);
    program.body = [];
    while (acorn.type !== endOfFile) this.#visit(acorn.parseStatement(null, true, exports));
    acorn.next();
    return acorn.finishNode(program, "Program");
  }
}

const endOfFile = (Parser as unknown as { acorn: { tokTypes: { eof: unknown } } }).acorn.tokTypes.eof;

export function isNode(value: unknown): value is AstNode {
  return typeof value === "object" && value !== null && typeof (value as AstNode).type === "string";
}
