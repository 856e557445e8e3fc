/**
 * Comments that leave code out of the report: `istanbul ignore if | else | next | file`, the same of `c8`, `v8` and
 * `node:coverage`, and the lines from `ignore start` to `ignore stop`. As in Istanbul a comment belongs to the
 * outermost node that begins at the next token, and the last of several wins.
 */
import type { AnyNode, Comment, Node } from "acorn";

export type HintKind = "if" | "else" | "next";

const hint = /^\s*(?:istanbul|[cv]8|node:coverage)\s+ignore\s+(if|else|next|file)(?=\W|$)/;
const lineHint = /^\s*(?:istanbul|[cv]8|node:coverage)\s+ignore\s+(start|stop)(?=\W|$)/;
const space = /\s*/y;

/** Nodes that Istanbul looks at; before others a comment has no effect. */
const ruled = new Set([
  "ArrowFunctionExpression",
  "AssignmentPattern",
  "BlockStatement",
  "BreakStatement",
  "ClassDeclaration",
  "ConditionalExpression",
  "ContinueStatement",
  "DebuggerStatement",
  "DoWhileStatement",
  "ExportDefaultDeclaration",
  "ExportNamedDeclaration",
  "ExpressionStatement",
  "ForInStatement",
  "ForOfStatement",
  "ForStatement",
  "FunctionDeclaration",
  "FunctionExpression",
  "IfStatement",
  "LabeledStatement",
  "LogicalExpression",
  "PropertyDefinition",
  "ReturnStatement",
  "SwitchCase",
  "SwitchStatement",
  "ThrowStatement",
  "TryStatement",
  "VariableDeclaration",
  "VariableDeclarator",
  "WhileStatement",
  "WithStatement",
]);

export class IgnoreHints {
  readonly #byNextStart = new Map<number, HintKind>();
  /** By where an expression in parentheses begins: where the first of those stands. */
  readonly #parentheses = new Map<number, number>();
  /** The node that took the hint of a place: the outermost one, which is looked at first. */
  readonly #takenBy = new Map<number, Node>();
  readonly #lines: { start: number; end: number }[] = [];
  #wholeFile = false;

  constructor(source: string, comments: readonly Comment[]) {
    let next = source.length;
    let nextComment: Comment | undefined;
    for (const comment of comments.toReversed()) {
      const following = nextToken(source, comment.end);
      // Comments that follow one another belong to the same token.
      if (following !== nextComment?.start) next = following;
      nextComment = comment;
      const kind = hint.exec(comment.value)?.[1];
      if (kind === "file") this.#wholeFile = true;
      else if (kind !== undefined) this.#add(source, next, kind as HintKind);
    }
    this.#readLines(source, comments);
  }

  get isEmpty(): boolean {
    return this.#byNextStart.size === 0;
  }

  before(node: Node): HintKind | undefined {
    const place = this.#parentheses.get(node.start) ?? node.start;
    const kind = this.#byNextStart.get(place);
    if (kind === undefined) return undefined;
    const taker = this.#takenBy.get(place);
    if (taker === undefined) this.#takenBy.set(place, node);
    return taker === undefined || taker === node ? kind : undefined;
  }

  leavesOut(node: Node): boolean {
    return this.before(node) === "next" && isRuled(node as AnyNode);
  }

  leavesOutLineOf(offset: number): boolean {
    if (this.#wholeFile) return true;
    return this.#lines.some(({ start, end }) => start <= offset && offset < end);
  }

  #add(source: string, next: number, kind: HintKind): void {
    if (this.#byNextStart.has(next)) return;
    this.#byNextStart.set(next, kind);
    let inside = next;
    while (source[inside] === "(") inside = nextToken(source, inside + 1);
    if (inside > next) this.#parentheses.set(inside, next);
  }

  #readLines(source: string, comments: readonly Comment[]): void {
    let opened: number | undefined;
    for (const { value, start, end } of comments) {
      const kind = lineHint.exec(value)?.[1];
      if (kind === "start") opened ??= source.lastIndexOf("\n", start) + 1;
      if (kind !== "stop" || opened === undefined) continue;
      const lineEnd = source.indexOf("\n", end);
      this.#lines.push({ start: opened, end: lineEnd < 0 ? source.length : lineEnd });
      opened = undefined;
    }
    if (opened !== undefined) this.#lines.push({ start: opened, end: source.length });
  }
}

function isRuled(node: AnyNode): boolean {
  if (node.type === "Property") return node.method || node.kind !== "init";
  if (node.type === "MethodDefinition") return node.key.type !== "PrivateIdentifier";
  return ruled.has(node.type);
}

function nextToken(source: string, offset: number): number {
  space.lastIndex = offset;
  space.test(source);
  return space.lastIndex;
}
