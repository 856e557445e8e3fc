/** Which loop, `switch` or labelled `try` a `break` leaves, and how often. */
import type { AstNode } from "../parse-script.ts";
import type { Probe } from "./terms.ts";

interface Target {
  node: AstNode;
  flows: Probe[];
}

export class Breaks {
  readonly #targets: Target[] = [];
  readonly #labels = new Map<string, AstNode>();

  /** The flows at each `break` out of `node`, which fill until it is left. */
  enter(node: AstNode): readonly Probe[] {
    const flows: Probe[] = [];
    this.#targets.push({ node, flows });
    return flows;
  }

  leave(node: AstNode): void {
    while (this.#targets.length > 0 && this.#targets.pop()?.node !== node);
  }

  label({ label, body }: AstNode): void {
    this.#labels.set((label as AstNode).name as string, body as AstNode);
  }

  add(statement: AstNode, flow: Probe): void {
    const label = statement.label as AstNode | null;
    const named = label === null ? undefined : this.#labels.get(label.name as string);
    const target =
      named === undefined ? this.#targets.at(-1) : this.#targets.find(({ node }) => node === named);
    target?.flows.push(flow);
  }
}
