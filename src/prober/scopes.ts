/** What a name stands for at a place, as far as declarations tell: assignments are not followed. */
import type { AnyNode, Function as FunctionNode, Identifier, Node } from "acorn";
import { type Declaration, declarationsOf } from "./declared-names.ts";

/** The nodes around a place that declare names, outermost first. */
export type Scope =
  | Extract<
      AnyNode,
      {
        type:
          | "Program"
          | "BlockStatement"
          | "StaticBlock"
          | "CatchClause"
          | "ForStatement"
          | "ForInStatement"
          | "ForOfStatement"
          | "SwitchStatement"
          | "SwitchCase"
          | "ClassDeclaration"
          | "ClassExpression";
      }
    >
  | FunctionNode;

const functionTypes = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);

export function isFunction(node: Node): node is FunctionNode {
  return functionTypes.has(node.type);
}

interface OpenScope {
  scope: Scope;
  /** Read where a name is first looked for. */
  names?: ReadonlyMap<string, Declaration>;
}

export interface ScopesOptions {
  /** Names that are there although the file does not declare them. */
  given: ReadonlySet<string>;
  /** In an import cycle a module's functions may run before what it imports. */
  importsMayBeEarly: boolean;
}

export class Scopes {
  readonly #around: OpenScope[] = [];
  readonly #options: ScopesOptions;

  constructor(options: ScopesOptions) {
    this.#options = options;
  }

  get isTopLevel(): boolean {
    return this.#around.length === 1;
  }

  within(scope: Scope, look: () => void): void {
    this.#around.push({ scope });
    look();
    this.#around.pop();
  }

  /** The function that an expression is, or that the variable it reads was declared as. */
  functionOf(value: Node): FunctionNode | undefined {
    if (isFunction(value)) return value;
    if (value.type !== "Identifier") return undefined;
    const holds = this.#find(value as Identifier)?.declaration.holds;
    return holds !== undefined && isFunction(holds) ? holds : undefined;
  }

  /** Nobody declares it, or its declaration may not have run. */
  mayThrowWhenRead(name: Identifier): boolean {
    const found = this.#find(name);
    return found === undefined ? !this.#options.given.has(name.name) : !found.isReady;
  }

  /** `typeof` of a name that nobody declares throws not. */
  mayThrowInTypeof(name: Identifier): boolean {
    return this.#find(name)?.isReady === false;
  }

  /** A constant throws, too. */
  mayThrowWhenWritten(name: Identifier): boolean {
    const found = this.#find(name);
    return found === undefined || !found.isReady || found.declaration.isConstant;
  }

  #find({ name, start }: Identifier): { declaration: Declaration; isReady: boolean } | undefined {
    // What is written behind a declaration runs behind it; a function that is declared may be called from where its
    // block begins.
    let place = start;
    for (let index = this.#around.length - 1; index >= 0; index--) {
      const open = this.#around[index] as OpenScope;
      open.names ??= declarationsOf(open.scope, this.#options.importsMayBeEarly);
      const declaration = open.names.get(name);
      if (declaration !== undefined) return { declaration, isReady: declaration.readyAt <= place };
      if (open.scope.type === "FunctionDeclaration") place = this.#around[index - 1]?.scope.start ?? 0;
    }
    return undefined;
  }
}
