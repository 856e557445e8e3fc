/** From a script's source to its AST, as V8 accepted it: module or classic script. */
import { type Comment, type Options, parse } from "acorn";

/** An ESTree node as acorn makes it; children are found by walking its own keys. */
export interface AstNode {
  type: string;
  start: number;
  end: number;
  [key: string]: unknown;
}

export interface ParsedScript {
  program: AstNode;
  comments: Comment[];
}

/** Throws a SyntaxError where neither goal accepts the source. */
export function parseScript(source: string): ParsedScript {
  const comments: Comment[] = [];
  const options: Options = {
    ecmaVersion: "latest",
    sourceType: "module",
    allowHashBang: true,
    allowReturnOutsideFunction: true,
    onComment: comments,
  };
  try {
    return { program: parse(source, options) as unknown as AstNode, comments };
  } catch (asModule) {
    comments.length = 0;
    try {
      const classic = { ...options, sourceType: "script", allowAwaitOutsideFunction: true } as const;
      return { program: parse(source, classic) as unknown as AstNode, comments };
    } catch {
      throw asModule;
    }
  }
}

export function isNode(value: unknown): value is AstNode {
  return typeof value === "object" && value !== null && typeof (value as AstNode).type === "string";
}
