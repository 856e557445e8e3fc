/** A script's whole AST, as V8 accepted it: module or classic script. */
import { type Options, parse } from "acorn";
import type { AstNode } from "../../combine/map/parse-script.ts";

/** Throws a SyntaxError where neither goal accepts the source. */
export function parseProgram(source: string): AstNode {
  const options = {
    ecmaVersion: "latest",
    allowHashBang: true,
    allowReturnOutsideFunction: true,
    allowAwaitOutsideFunction: true,
  } satisfies Options;
  try {
    return parse(source, { ...options, sourceType: "module" }) as unknown as AstNode;
  } catch (asModule) {
    try {
      return parse(source, { ...options, sourceType: "script" }) as unknown as AstNode;
    } catch {
      throw asModule;
    }
  }
}
