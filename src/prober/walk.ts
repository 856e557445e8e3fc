/**
 * The state of the one pass over a file, in the order in which it is evaluated: where probes were put, and which of
 * them tell how often control came to the place that is being looked at.
 */
import type { AnyNode, CallExpression, Identifier, Node } from "acorn";
import { type Count, Counters, type Span, unknownCount } from "./counters.ts";
import { exportGetters } from "./export-getters.ts";
import type { HintKind, IgnoreHints } from "./ignore-hints.ts";
import { Inserts } from "./inserts.ts";
import { Scopes, type ScopesOptions } from "./scopes.ts";

export interface LeftOut {
  /** Offsets in the original. */
  start: number;
  end: number;
  reason: LeftOutReason;
}

export type LeftOutReason =
  /** Its text is sent to another process or read: a browser, `toString`, a template string. */
  | "travels-as-text"
  /** A pattern of `keepSource` names it. */
  | "keep-source"
  /** Node.js finds an export by its text. */
  | "export-getter"
  /** A name in it may belong to the object of `with`. */
  | "with-statement"
  /** Its name could not be kept: a class field with a computed key. */
  | "computed-field-name";

/** Handlers by node type; together they cover what acorn makes. */
export type Visitors = {
  [K in AnyNode["type"]]?: (node: Extract<AnyNode, { type: K }>, walk: Walk, place: number) => void;
};

export interface WalkOptions {
  /** The copy's name of its counters. */
  counters: string;
  scopes: ScopesOptions;
  hints: IgnoreHints;
  visitors: Visitors;
  /** Functions to leave as they are, by where they start. */
  keep: ReadonlyMap<number, LeftOutReason>;
  /** Whether a function of that name has to be left as it is. */
  keepsName: (name: string) => boolean;
}

/** A sum of more probes than this costs more to read than a probe of its own. */
const longestSum = 6;

export class Walk {
  readonly inserts = new Inserts();
  readonly found = new Counters();
  readonly leftOut: LeftOut[] = [];
  readonly scopes: Scopes;
  /** Functions to leave as they are, by where they start. */
  readonly keep: Map<number, LeftOutReason>;
  /** A function was found that should have been left as it was: with what `keep` now has, walk again. */
  foundTooLate = false;
  readonly #keepsName: (name: string) => boolean;
  /** How often control comes here, or undefined where no probes tell. */
  here: Count | undefined;
  /** Whether a comment leaves out what is being looked at. */
  ignored = false;
  probes = 0;
  readonly #counters: string;
  readonly #hints: IgnoreHints;
  readonly #visitors: Record<string, (node: AnyNode, walk: Walk, place: number) => void>;
  #isBare = false;

  constructor({ counters, scopes, hints, visitors, keep, keepsName }: WalkOptions) {
    this.scopes = new Scopes(scopes);
    this.keep = new Map(keep);
    this.#keepsName = keepsName;
    this.#counters = counters;
    this.#hints = hints;
    this.#visitors = visitors as Record<string, (node: AnyNode, walk: Walk, place: number) => void>;
  }

  /** `place`: where statements may be put before it. */
  visit(node: Node, place = node.start): void {
    const visitor = this.#visitors[node.type];
    if (visitor === undefined) throw new Error(`The prober knows no ${node.type}.`);
    if (this.#hints.isEmpty) visitor(node as AnyNode, this, place);
    else this.hinted(node, () => visitor(node as AnyNode, this, place));
  }

  visitAll(nodes: readonly (Node | null)[]): void {
    for (const node of nodes) if (node !== null) this.visit(node);
  }

  /** Looks at `node` with what the comment before it says. */
  hinted(node: Node, look: () => void): void {
    if (this.#hints.isEmpty) {
      look();
      return;
    }
    const before = this.ignored;
    this.ignored ||= this.#hints.leavesOut(node);
    look();
    this.ignored = before;
  }

  hintBefore(node: Node): HintKind | undefined {
    return this.#hints.before(node);
  }

  /** From here on nobody knows: something before may have thrown, suspended or branched. */
  unsure(): void {
    this.here = undefined;
  }

  /** A probe as a statement of its own, in a list of statements. */
  statementProbe(place: number, prefix = ""): Count {
    if (this.#isBare) return this.#become(unknownCount);
    const id = this.probes++;
    this.inserts.open(place, `${prefix}${this.increment(id)};`);
    return this.#become([id]);
  }

  /** A probe evaluated just before an expression. `name`: what the expression would be called by its place. */
  expressionProbe(node: Node, name?: string): Count {
    if (this.#isBare) return this.#become(unknownCount);
    const id = this.probes++;
    const increment = this.increment(id);
    if (name === undefined) {
      const order = this.inserts.open(node.start, `(${increment},`);
      this.inserts.close(node.end, ")", order);
    } else {
      const key = JSON.stringify(name);
      // A plain `__proto__` would set the prototype.
      const order = this.inserts.open(
        node.start,
        `(${increment},{${name === "__proto__" ? `[${key}]` : key}:`,
      );
      this.inserts.close(node.end, `}[${key}])`, order);
    }
    return this.#become([id]);
  }

  /** Before a static member of a class. */
  staticProbe(place: number): Count {
    if (this.#isBare) return this.#become(unknownCount);
    const id = this.probes++;
    this.inserts.open(place, `static{${this.increment(id)}}`);
    return this.#become([id]);
  }

  /** A statement that no probe can be put before. */
  countWithoutProbe(node: Node, reason: LeftOutReason, owner: Span): void {
    if (!this.#isBare) this.leftOut.push({ start: node.start, end: node.end, reason });
    this.countStatement(node, unknownCount, owner);
  }

  /** The `else` that is not written, behind `end`; `order` was reserved before the arm was looked at. */
  elseProbe(end: number, order: number): Count {
    if (this.#isBare) return unknownCount;
    const id = this.probes++;
    this.inserts.close(end, `else{${this.increment(id)}}`, order);
    return [id];
  }

  /** Braces around what is one statement in the original. */
  inBraces(node: Node, look: () => void): void {
    if (this.#isBare) {
      look();
      return;
    }
    const order = this.inserts.open(node.start, "{");
    look();
    this.inserts.close(node.end, "}", order);
  }

  /** Puts nothing into `span`; its counters are unknown. */
  withoutProbes(span: Node, reason: LeftOutReason, look: () => void): void {
    if (this.#isBare) {
      look();
      return;
    }
    this.leftOut.push({ start: span.start, end: span.end, reason });
    this.#isBare = true;
    this.here = undefined;
    look();
    this.#isBare = false;
    this.here = undefined;
  }

  /** Leaves functions as they are whose text `taker` takes. */
  leaveTaken(values: readonly Node[], taker: Node): void {
    for (const value of values) {
      const taken = this.scopes.functionOf(value);
      if (taken === undefined || this.keep.has(taken.start)) continue;
      this.keep.set(taken.start, "travels-as-text");
      if (taken.start < taker.start) this.foundTooLate = true;
    }
  }

  /** Leaves what Node.js reads to find exports, at the file's top level: with a probe in it, it finds them no more. */
  leaveExportGetters(call: CallExpression): void {
    if (!this.scopes.isTopLevel) return;
    for (const { start } of exportGetters(call)) this.keep.set(start, "export-getter");
  }

  /** Leaves a function as it is whose name `keepSource` has. */
  keepByName(key: Node, holder: Node): void {
    const { name } = key as Partial<Identifier>;
    if (name !== undefined && this.#keepsName(name)) this.keep.set(holder.start, "keep-source");
  }

  /** Looks at code that runs at another time, such as a function's body. */
  elsewhere(look: () => void): void {
    const outside = this.here;
    this.here = undefined;
    look();
    this.here = outside;
  }

  /** Where two ways come together again. */
  join(one: Count | undefined, other: Count | undefined): Count | undefined {
    if (one === undefined || other === undefined || one === unknownCount || other === unknownCount)
      return undefined;
    return one.length + other.length > longestSum ? undefined : [...one, ...other];
  }

  countStatement({ start, end }: Node, count: Count, owner: Span = { start, end }): void {
    this.found.statements.push({ start, end, owner, count, ignored: this.leavesOutLineOf(start) });
  }

  leavesOutLineOf(offset: number): boolean {
    return this.ignored || this.#hints.leavesOutLineOf(offset);
  }

  increment(id: number): string {
    return `${this.#counters}[${id}]++`;
  }

  #become(count: Count): Count {
    this.here = count;
    return count;
  }
}

/** Whether two places are reached equally often, by the same probes. */
export function isSameCount(one: Count | undefined, other: Count | undefined): boolean {
  if (one === undefined || other === undefined || one.length !== other.length) return false;
  return one.every((probe, index) => probe === other[index]);
}
