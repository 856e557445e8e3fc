import type { AstNode } from "../parse-script.ts";
import type { Breaks } from "./breaks.ts";
import type { Probe } from "./terms.ts";

/** What the walk along the control flow finds out: for each counter's node the probe that tells its count. */
export interface FlowContext {
  readonly source: string;
  readonly statements: Map<AstNode, Probe>;
  /** Values of class fields. */
  readonly fields: Map<AstNode, Probe>;
  /** Arms of `if`, `?:`, `||`, `&&`, `??`. */
  readonly arms: Map<AstNode, Probe>;
  /** By `if`: an `else` that is not written. */
  readonly elses: Map<AstNode, Probe>;
  /** By function: how often its body began, where V8's count of its calls does not tell. */
  readonly entries: Map<AstNode, Probe>;
  /** The flow into the current function's body, where that may not have begun. */
  unsure: Probe | undefined;
  readonly breaks: Breaks;
  /** Where V8's counters behind each `await` and `yield` of the current function are read. */
  resumed: number[];
  /** Jumps and suspensions met so far in the current function: more after than before = the node has some. */
  jumps: number;
  /** Nested functions met so far. */
  functions: number;
}

/** Where V8's range of a statement that is an arm or a body certainly has begun. */
export function bodyEntry(body: AstNode): Probe {
  return [body.type === "BlockStatement" ? body.start + 1 : body.start];
}
