/** The counters that were found on the walk, as Istanbul would have them. */

/** The probes whose sum is how often control came to a place. Empty: it never can. */
export type Count = readonly number[];

/** Of places in code without probes: nobody knows. */
export const unknownCount: Count = Object.freeze([-1]);

export interface Span {
  start: number;
  end: number;
}

interface Counted extends Span {
  /** The node at which Istanbul comes upon it; an initial value's is its declarator or field. */
  owner: Span;
  count: Count;
  /** A comment leaves it out of the report. */
  ignored: boolean;
}

/** Its place is its name's, or its first character where it has none. */
export interface FunctionCounter extends Counted {
  name: string | undefined;
  body: Span;
}

export type BranchType = "if" | "cond-expr" | "binary-expr" | "switch" | "default-arg";

export interface BranchArm {
  /** Undefined: an `else` that is not written. */
  span: Span | undefined;
  count: Count;
  ignored: boolean;
}

export interface BranchCounter extends Span {
  type: BranchType;
  arms: BranchArm[];
  ignored: boolean;
}

export class Counters {
  readonly statements: Counted[] = [];
  readonly functions: FunctionCounter[] = [];
  readonly branches: BranchCounter[] = [];
  /** What runs when it is called, and is none of `functions`. */
  readonly deferred: Span[] = [];

  /** In Istanbul's order: as one reads, outer before inner. */
  inOrder(): this {
    const byPlace = (a: Span, b: Span) => a.start - b.start || b.end - a.end;
    const byOwner = (a: Counted, b: Counted) => byPlace(a.owner, b.owner);
    this.statements.sort(byOwner);
    this.functions.sort(byOwner);
    this.branches.sort(byPlace);
    return this;
  }
}
