/**
 * Puts V8's known wrong ranges right: for every counter the probe at which its count is certain.
 * What is repaired, and what cannot be, is listed in docs/how-combining-works.md.
 */
import type { AstNode } from "../parse-script.ts";
import { Breaks } from "./breaks.ts";
import type { FlowContext } from "./flow-context.ts";
import { topLevelFlow } from "./statements.ts";
import type { Probe } from "./terms.ts";

export interface Repairs {
  statement(node: AstNode): Probe | undefined;
  /** The value of a class field. */
  field(node: AstNode): Probe | undefined;
  /** A function whose body may not have begun though it was called. */
  entry(node: AstNode): Probe | undefined;
  arm(node: AstNode): Probe | undefined;
  /** The `else` that this `if` does not have. */
  unwrittenElse(node: AstNode): Probe | undefined;
}

/** Follows the top level's flow statement by statement. */
export class RepairFlow implements Repairs {
  readonly #context: FlowContext;
  #flow: Probe = [0];

  constructor(source: string) {
    this.#context = {
      source,
      statements: new Map(),
      fields: new Map(),
      arms: new Map(),
      elses: new Map(),
      entries: new Map(),
      unsure: undefined,
      breaks: new Breaks(),
      resumed: [],
      jumps: 0,
      functions: 0,
    };
  }

  /** The next top-level statement, before ast-v8-to-istanbul's walk, which rewrites it. */
  follow(statement: AstNode): void {
    const { statements, fields, arms, elses, entries } = this.#context;
    for (const found of [statements, fields, arms, elses, entries]) found.clear();
    this.#flow = topLevelFlow(this.#context, statement, this.#flow);
  }

  statement(node: AstNode): Probe | undefined {
    return this.#context.statements.get(node);
  }

  field(node: AstNode): Probe | undefined {
    return this.#context.fields.get(node);
  }

  entry(node: AstNode): Probe | undefined {
    return this.#context.entries.get(node);
  }

  arm(node: AstNode): Probe | undefined {
    return this.#context.arms.get(node);
  }

  unwrittenElse(node: AstNode): Probe | undefined {
    return this.#context.elses.get(node);
  }
}

/** The first offset of the top level's own code: a script may begin with functions or classes. */
export class TopLevelOffset {
  offset = 0;
  #isDecided = false;

  follow(statement: AstNode): void {
    const isNested = /^(Function|Class)Declaration$/.test(statement.type);
    if (!isNested || statement.start > this.offset) this.#isDecided = true;
    if (!this.#isDecided) this.offset = statement.end;
  }
}
